package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.fleetcast.live.LogLevel;
import org.junit.jupiter.api.Test;

class LineJsonTest {
  private static final String ENTITY = "sensor";
  private static final JournalLine.Stamp STAMP =
      new JournalLine.Stamp(1_795_434_043_802_087L, "id");

  private final ReceivedLine.Reader reader = new ReceivedLine.Reader("entity_id", 256 * 1024);

  /** A field as a device sends it, and as everybody reads it from then on. */
  record Field(String sentName, String name, String sent, String read) {}

  @Test
  void a_number_that_can_be_read_once_can_be_read_for_ever() throws IOException {
    for (String number :
        List.of(
            "1".repeat(996) + "e-1001",
            "1".repeat(200_000),
            "0." + "0".repeat(5_000) + "1",
            "1e9999999999")) {
      everybodyReads(List.of(new Field("\"v\"", "v", number, number)));
    }
  }

  @Property(tries = 300, seed = "1")
  void what_is_taken_reads_the_same_for_everybody_and_any_number_of_times(
      @ForAll("fields") List<Field> fields) throws IOException {
    everybodyReads(fields);
  }

  @Property(tries = 300)
  @Tag("long")
  void what_is_taken_reads_the_same_for_everybody_and_any_number_of_times_with_any_seed(
      @ForAll("fields") List<Field> fields) throws IOException {
    what_is_taken_reads_the_same_for_everybody_and_any_number_of_times(fields);
  }

  private void everybodyReads(List<Field> fields) throws IOException {
    StringBuilder line = new StringBuilder("{\"entity_id\":\"sensor\",\"message\":\"E (1) x: y\"");
    for (int i = 0; i < fields.size(); i++) {
      Field field = fields.get(i);
      line.append(",").append(field.sentName).append(':').append(field.sent);
    }
    byte[] payload = line.append('}').toString().getBytes(StandardCharsets.UTF_8);
    ReceivedLine.Good good = (ReceivedLine.Good) reader.read(payload).iterator().next();
    JournalLine entry = JournalLine.of(good, STAMP);
    ObjectNode source = LineJson.read(entry.json());
    for (int time = 0; time < 3; time++) {
      fieldsAre(fields, source);
      source = foundAgain(entry);
      fieldsAre(fields, source);
      assertThat(StoredLine.of(entry).message()).isEqualTo("E (1) x: y");
      assertThat(entry.text().level()).isEqualTo(LogLevel.E);
      entry = JournalLine.stored(STAMP.id(), ENTITY, source, STAMP.at());
    }
  }

  /** As the document of a hit deep in an answer of Elasticsearch. */
  private static ObjectNode foundAgain(JournalLine entry) throws IOException {
    String json = new String(entry.json(), StandardCharsets.UTF_8);
    String answer = "{\"hits\":{\"hits\":[{\"_id\":\"id\",\"_source\":" + json + "}]}}";
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    return (ObjectNode)
        LineJson.MAPPER.readValue(bytes, ObjectNode.class).at("/hits/hits/0/_source");
  }

  private static void fieldsAre(List<Field> fields, ObjectNode source) {
    for (Field field : fields) {
      assertThat(source.get(field.name)).isNotNull().hasToString(field.read);
    }
  }

  @Provide
  Arbitrary<List<Field>> fields() {
    Arbitrary<String> names =
        Arbitraries.oneOf(
            strings().map(name -> "f" + name),
            Arbitraries.integers().between(0, 60_000).map("n"::repeat).map(name -> "f" + name));
    Arbitrary<String[]> values = Arbitraries.oneOf(numbers(), texts(), nested());
    return Combinators.combine(names, values, Arbitraries.of(true, false))
        .as(
            (name, value, raw) ->
                new Field(quoted(name, raw), LineJson.wellFormed(name), value[0], value[1]))
        .list()
        .uniqueElements(Field::name)
        .ofMaxSize(3);
  }

  private static Arbitrary<String[]> numbers() {
    Arbitrary<String> digits =
        Arbitraries.integers()
            .between(1, 3_000)
            .map(n -> "9".repeat(n))
            .edgeCases(e -> e.add("0", "1"));
    Arbitrary<String> exponents =
        Arbitraries.oneOf(
            Arbitraries.just(""),
            Arbitraries.integers().map(n -> "e" + n),
            Arbitraries.longs().map(n -> "E" + n),
            Arbitraries.of("e+1", "e-1001", "E99999999999999999999"));
    return Combinators.combine(
            Arbitraries.of("", "-"), digits, Arbitraries.of("", ".0", ".10"), exponents)
        .as((sign, whole, fraction, exponent) -> sign + whole + fraction + exponent)
        .map(number -> new String[] {number, number});
  }

  private static Arbitrary<String[]> texts() {
    return Combinators.combine(strings(), Arbitraries.of(true, false))
        .as(
            (text, raw) ->
                new String[] {
                  quoted(text, raw), TextNode.valueOf(LineJson.wellFormed(text)).toString()
                });
  }

  private static Arbitrary<String[]> nested() {
    return Arbitraries.integers()
        .between(1, 499)
        .map(
            depth -> {
              int objects = depth / 2;
              int arrays = depth - objects;
              String json =
                  "{\"o\":".repeat(objects)
                      + "[".repeat(arrays)
                      + "1.50"
                      + "]".repeat(arrays)
                      + "}".repeat(objects);
              return new String[] {json, json};
            });
  }

  private static Arbitrary<String> strings() {
    return Arbitraries.strings()
        .withCharRange('\0', '\u0020')
        .withChars('a', '"', '\\', '\u009d', '\u2028', '\ud83d', '\ude00', '\uffff', '\ufeff')
        .ofMaxLength(20);
  }

  /** As a string of JSON, or what firmware takes for one: with control characters as they are. */
  private static String quoted(String text, boolean raw) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c == '\n' || Character.isSurrogate(c) || (c < ' ' && !raw)) {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
