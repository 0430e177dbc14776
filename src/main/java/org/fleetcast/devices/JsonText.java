package org.fleetcast.devices;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import org.fleetcast.problem.Problem;

/** JSON that travels as text inside a field of a request. */
final class JsonText {
  private static final int MOST_EXPONENT = 1_000;
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private JsonText() {}

  /**
   * Parses the text of a field.
   *
   * @throws Problem 400 that names the field and the place of the syntax error
   */
  static JsonNode parse(String field, String text) {
    storable(field, text);
    try {
      JsonNode tree = MAPPER.readTree(text);
      if (tree.isMissingNode()) {
        throw Problem.invalid(field, "is not valid JSON: it is empty");
      }
      if (hasEndlessNumber(tree)) {
        throw Problem.invalid(field, "has a number with an exponent beyond " + MOST_EXPONENT);
      }
      return tree;
    } catch (NumberFormatException | ArithmeticException unreadable) {
      throw Problem.invalid(field, "has a number that cannot be read");
    } catch (JsonProcessingException malformed) {
      JsonLocation place = malformed.getLocation();
      throw Problem.invalid(
          field,
          place == null
              ? "is not valid JSON"
              : "is not valid JSON at line "
                  + place.getLineNr()
                  + " column "
                  + place.getColumnNr());
    }
  }

  /** Written out, as a schema's rules may do, it would have that many digits. */
  private static boolean hasEndlessNumber(JsonNode node) {
    if (node.isBigDecimal()) {
      return Math.abs((long) node.decimalValue().scale()) > MOST_EXPONENT;
    }
    for (JsonNode child : node) {
      if (hasEndlessNumber(child)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Refuses what a database cannot keep.
   *
   * @throws Problem 400 for a NUL or half a surrogate pair
   */
  static void storable(String field, String text) {
    if (text.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw Problem.invalid(field, "has a character that cannot be stored");
    }
  }
}
