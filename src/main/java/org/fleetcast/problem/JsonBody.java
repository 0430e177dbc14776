package org.fleetcast.problem;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request body read strictly: a JSON object whose fields have exactly the names and types asked
 * for. Ask for each field, then call {@link #end()}, which refuses with every fault found; what the
 * getters return before that is a placeholder where a field was wrong. JSON-B would ignore an
 * unknown field and convert a value of another type.
 */
public final class JsonBody {
  /** A larger body is refused. */
  public static final int MAX_BYTES = 1 << 20;

  private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,10}");

  private final JsonObject object;
  private final String prefix;
  private final List<Problem.InvalidField> faults;
  private final Set<String> asked = new LinkedHashSet<>();
  private final List<JsonBody> nested = new ArrayList<>();

  private JsonBody(JsonObject object, String prefix, List<Problem.InvalidField> faults) {
    this.object = object;
    this.prefix = prefix;
    this.faults = faults;
  }

  /**
   * What is made of the fields of a body that has no others.
   *
   * @throws Problem also 400 with every field that is wrong
   */
  public static <T> T read(InputStream in, Function<JsonBody, T> fields) {
    JsonBody body = read(in);
    T made = fields.apply(body);
    body.end();
    return made;
  }

  /**
   * Reads a body of at most 1 MiB.
   *
   * @throws Problem 413 when it is larger, 400 when it is not one JSON object in UTF-8
   */
  public static JsonBody read(InputStream in) {
    return new JsonBody(StrictJson.object(text(in)), "", new ArrayList<>());
  }

  /** 413 for a body of more than {@link #MAX_BYTES}. */
  public static Problem tooLarge() {
    return ContainerProblems.ofStatus(413);
  }

  private static String text(InputStream in) {
    try {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw tooLarge();
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException notUtf8) {
      throw Problem.invalidBody("is not UTF-8");
    } catch (IOException broken) {
      throw Problem.invalidBody("could not be read");
    }
  }

  /** A string that must be there. */
  public String string(String name) {
    return required(name, "must be a string", JsonBody::asString, "");
  }

  /** A string that may be absent or null. */
  public @Nullable String optionalString(String name) {
    return optional(name, "must be a string or null", JsonBody::asString);
  }

  /** A list of strings that may be absent or null; there are none then. */
  public List<String> optionalStrings(String name) {
    List<String> given = optional(name, "must be a list of strings or null", JsonBody::asStrings);
    return given == null ? List.of() : given;
  }

  /** A whole number in the range of an int that must be there. */
  public int integer(String name) {
    return required(name, "must be an integer", JsonBody::asInteger, 0);
  }

  /** A whole number that may be absent or null. */
  public @Nullable Integer optionalInteger(String name) {
    return optional(name, "must be an integer or null", JsonBody::asInteger);
  }

  /** A boolean that must be there. */
  public boolean bool(String name) {
    return required(name, "must be true or false", JsonBody::asBoolean, false);
  }

  /** Whether a field is there, and not null. */
  public boolean isGiven(String name) {
    JsonValue value = object.get(name);
    return value != null && value.getValueType() != JsonValue.ValueType.NULL;
  }

  /** A boolean that may be absent or null. */
  public @Nullable Boolean optionalBool(String name) {
    return optional(name, "must be true, false or null", JsonBody::asBoolean);
  }

  /** An object that may be absent or null; its faults are reported with this body's. */
  public @Nullable JsonBody optionalObject(String name) {
    JsonObject inner =
        optional(
            name,
            "must be an object or null",
            value -> value instanceof JsonObject found ? Optional.of(found) : Optional.empty());
    if (inner == null) {
      return null;
    }
    JsonBody body = new JsonBody(inner, prefix + name + ".", faults);
    nested.add(body);
    return body;
  }

  /** Notes a fault of the caller's own finding, reported with the others. */
  public void refuse(String name, String message) {
    faults.add(new Problem.InvalidField(prefix + name, message));
  }

  /**
   * Ends the reading.
   *
   * @throws Problem 400 with every field that was missing, of another type, or not asked for
   */
  public void end() {
    refuseUnknown();
    if (!faults.isEmpty()) {
      throw Problem.invalid(faults);
    }
  }

  private void refuseUnknown() {
    for (String name : object.keySet()) {
      if (!asked.contains(name)) {
        refuse(name, "is not a known field");
      }
    }
    nested.forEach(JsonBody::refuseUnknown);
  }

  private <T> T required(
      String name, String message, Function<JsonValue, Optional<T>> convert, T placeholder) {
    asked.add(name);
    JsonValue value = object.get(name);
    if (value == null) {
      refuse(name, "is required");
      return placeholder;
    }
    Optional<T> converted = convert.apply(value);
    if (converted.isEmpty()) {
      refuse(name, message);
    }
    return converted.orElse(placeholder);
  }

  private <T> @Nullable T optional(
      String name, String message, Function<JsonValue, Optional<T>> convert) {
    asked.add(name);
    JsonValue value = object.get(name);
    if (value == null || value.getValueType() == JsonValue.ValueType.NULL) {
      return null;
    }
    Optional<T> converted = convert.apply(value);
    if (converted.isEmpty()) {
      refuse(name, message);
    }
    return converted.orElse(null);
  }

  private static Optional<String> asString(JsonValue value) {
    return value instanceof JsonString string ? Optional.of(string.getString()) : Optional.empty();
  }

  private static Optional<List<String>> asStrings(JsonValue value) {
    return value instanceof JsonArray list
            && list.stream().allMatch(each -> each instanceof JsonString)
        ? Optional.of(list.getValuesAs(JsonString::getString))
        : Optional.empty();
  }

  private static Optional<Boolean> asBoolean(JsonValue value) {
    return switch (value.getValueType()) {
      case TRUE -> Optional.of(true);
      case FALSE -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  /** By its text: a number with an exponent may have more digits than there is memory. */
  private static Optional<Integer> asInteger(JsonValue value) {
    String digits = value instanceof JsonNumber ? value.toString() : "";
    if (!INTEGER.matcher(digits).matches()) {
      return Optional.empty();
    }
    long number = Long.parseLong(digits);
    return number == (int) number ? Optional.of((int) number) : Optional.empty();
  }
}
