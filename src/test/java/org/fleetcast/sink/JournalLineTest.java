package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.fleetcast.live.LogLevel;
import org.junit.jupiter.api.Test;

class JournalLineTest {
  private static final JournalLine.Stamp STAMP =
      new JournalLine.Stamp(1_795_434_043_802_087L, "an-id");

  private final ReceivedLine.Reader reader = new ReceivedLine.Reader("entity_id", 1 << 20);

  @Test
  void a_dead_letter_says_whose_line_it_was_and_where_it_broke() throws IOException {
    assertThat(deadLetter(utf8("{\"entity_id\":\"E\",\"a\":nan}")))
        .hasToString(
            "{\"id\":\"an-id\",\"@timestamp\":\"2026-11-23T11:40:43.802087Z\","
                + "\"reason\":\"not valid JSON at column 25\","
                + "\"raw\":\"{\\\"entity_id\\\":\\\"E\\\",\\\"a\\\":nan}\",\"encoding\":\"text\","
                + "\"entity_id\":\"E\"}");
  }

  @Test
  void bytes_that_are_no_text_are_kept_in_base_64() throws IOException {
    byte[] raw = {'{', (byte) 0xff};
    ObjectNode letter = deadLetter(raw);
    assertThat(letter.get("encoding").asText()).isEqualTo("base64");
    assertThat(letter.get("raw").asText()).isEqualTo(Base64.getEncoder().encodeToString(raw));
    assertThat(letter.get("entity_id").isNull()).isTrue();
  }

  @Test
  void of_a_long_line_the_beginning_is_kept_and_the_whole_is_named()
      throws IOException, NoSuchAlgorithmException {
    for (int shift = 0; shift < 4; shift++) {
      byte[] raw = utf8("x".repeat(shift) + "\ud83d\ude00".repeat(50_000));
      ObjectNode letter = deadLetter(raw);
      String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(raw));
      assertThat(letter.get("reason").asText())
          .isEqualTo(
              "not a JSON object; raw cut to 65536 of " + raw.length + " bytes sha256=" + hash);
      assertThat(letter.get("encoding").asText()).isEqualTo("text");
      byte[] kept = utf8(letter.get("raw").asText());
      assertThat(kept.length).isBetween(RawBytes.MAX - 3, RawBytes.MAX);
      assertThat(kept).isEqualTo(Arrays.copyOf(raw, kept.length));
    }
  }

  @Test
  void long_bytes_that_are_no_text_are_cut_too() throws IOException {
    byte[] raw = new byte[100_000];
    Arrays.fill(raw, (byte) 0x80);
    ObjectNode letter = deadLetter(raw);
    assertThat(letter.get("encoding").asText()).isEqualTo("base64");
    assertThat(Base64.getDecoder().decode(letter.get("raw").asText())).hasSize(RawBytes.MAX);
  }

  @Test
  void a_stored_line_that_is_refused_is_bounded_too() throws IOException {
    String message = "x".repeat(200_000);
    byte[] line = utf8("{\"entity_id\":\"E\",\"message\":\"" + message + "\"}");
    JournalLine refused =
        JournalLine.of(reader.read(line).iterator().next(), STAMP).refused("too odd \ud800");
    ObjectNode letter = LineJson.read(refused.json());
    assertThat(letter.get("reason").asText())
        .startsWith("too odd \ufffd; raw cut to 65536 of 200")
        .contains(" bytes sha256=");
    assertThat(letter.get("raw").asText()).hasSize(RawBytes.MAX).startsWith("{\"entity_id\":\"E\"");
    assertThat(letter.get("entity_id").asText()).isEqualTo("E");
  }

  @Test
  void a_line_of_before_has_the_letter_of_its_level_too() throws IOException {
    ObjectNode source = LineJson.read(utf8("{\"level\":\"error\",\"message\":\"m\"}"));
    JournalLine line = JournalLine.stored("an-id", "E", source, STAMP.at());
    assertThat(LineJson.read(line.json()).get("severity_letter").asText()).isEqualTo("E");
    assertThat(LineJson.read(line.json()).get("level").asText()).isEqualTo("error");
  }

  @Test
  void a_stored_line_that_says_its_level_only_in_its_message_is_told_with_it() throws IOException {
    String old = "{\"@timestamp\":\"2024-07-07T12:00:01+02:00\",\"message\":\"E (1) motor: hot\"}";
    JournalLine line = JournalLine.stored("an-id", "E", LineJson.read(utf8(old)), STAMP.at());
    assertThat(new String(line.json(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"@timestamp\":\"2024-07-07T10:00:01.000000Z\",\"message\":\"E (1) motor: hot\","
                + "\"id\":\"an-id\",\"level\":\"E\",\"tag\":\"motor\"}");
    assertThat(line.text().level()).isEqualTo(LogLevel.E);
  }

  @Test
  void what_is_no_json_shows_as_it_is() {
    JournalLine line = new JournalLine(1, "an-id", JournalLine.Kind.LINE, "E", utf8("{broken"));
    assertThat(StoredLine.of(line).message()).isEqualTo("{broken");
    assertThat(line.text().level()).isEqualTo(LogLevel.I);
  }

  private ObjectNode deadLetter(byte[] line) throws IOException {
    JournalLine entry = JournalLine.of(reader.read(line).iterator().next(), STAMP);
    assertThat(entry.kind()).isEqualTo(JournalLine.Kind.DEAD_LETTER);
    return LineJson.read(entry.json());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
