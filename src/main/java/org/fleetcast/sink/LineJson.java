package org.fleetcast.sink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.fleetcast.live.PrintableJson;

/**
 * How the JSON of lines is read and written, everywhere: whoever reads a line that was taken has no
 * limit that the intake has not, so what could be read once can be read for ever. How large a line
 * and how deep it may be is decided at the intake alone.
 */
public final class LineJson {
  private static final StreamReadConstraints UNLIMITED =
      StreamReadConstraints.builder()
          .maxNestingDepth(Integer.MAX_VALUE)
          .maxNumberLength(Integer.MAX_VALUE)
          .maxNameLength(Integer.MAX_VALUE)
          .maxStringLength(Integer.MAX_VALUE)
          .build();

  /** For those who need a mapper: reads an {@link ObjectNode} as {@link #read} does. */
  public static final ObjectMapper MAPPER =
      JsonMapper.builder(factory())
          .addModule(new SimpleModule().addDeserializer(ObjectNode.class, new LineTree()))
          .build();

  /** Reads from bytes, which alone knows where each token stands in them. */
  private static final JsonFactory OF_BYTES =
      builder().disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW).build();

  private static final char REPLACEMENT = '\ufffd';

  private LineJson() {}

  private static JsonFactory factory() {
    // The table of names is shared by all readings and refuses names by what came before.
    return builder().disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).build();
  }

  private static JsonFactoryBuilder builder() {
    return new JsonFactoryBuilder()
        .streamReadConstraints(UNLIMITED)
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS);
  }

  public static JsonParser parser(String text) throws IOException {
    return MAPPER.createParser(text);
  }

  /** A parser that knows the place of each token in these bytes. */
  public static JsonParser parser(byte[] json) throws IOException {
    return OF_BYTES.createParser(json);
  }

  /**
   * Reads what {@link #bytes} wrote.
   *
   * @throws IOException when that is no JSON object
   */
  public static ObjectNode read(byte[] json) throws IOException {
    return MAPPER.readValue(new String(json, StandardCharsets.UTF_8), ObjectNode.class);
  }

  /** One line of JSON in UTF-8, as it may stand on a stream. */
  static byte[] bytes(ObjectNode fields) {
    return PrintableJson.of(wellFormed(fields.toString())).getBytes(StandardCharsets.UTF_8);
  }

  /** The text with U+FFFD in the place of each half of a surrogate pair. */
  static String wellFormed(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (Character.isSurrogate(text.charAt(at))) {
        return replaceHalves(text);
      }
    }
    return text;
  }

  private static String replaceHalves(String text) {
    StringBuilder whole = new StringBuilder(text);
    for (int at = 0; at < whole.length(); at++) {
      char c = whole.charAt(at);
      boolean pair =
          Character.isHighSurrogate(c)
              && at + 1 < whole.length()
              && Character.isLowSurrogate(whole.charAt(at + 1));
      if (pair) {
        at++;
      } else if (Character.isSurrogate(c)) {
        whole.setCharAt(at, REPLACEMENT);
      }
    }
    return whole.toString();
  }
}
