package org.fleetcast.devices;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** A device's config: the text as it was sent, and what the registry reads from it. */
public record DeviceConfig(
    String text,
    JsonNode tree,
    @Nullable String deviceName,
    @Nullable String deviceEntityId,
    @Nullable Boolean enableOta) {
  private static final String FIELD = "config";

  /**
   * Reads a config.
   *
   * @throws Problem 400 on field {@code config} when it is no JSON object or one of the fields that
   *     are read has another type
   */
  static DeviceConfig read(String text) {
    JsonNode tree = JsonText.parse(FIELD, text);
    if (!tree.isObject()) {
      throw Problem.invalid(FIELD, "must be the text of a JSON object");
    }
    return new DeviceConfig(
        text,
        tree,
        string(tree, "deviceName"),
        string(tree, "deviceEntityId"),
        bool(tree, "enableOTA"));
  }

  /** Reads one that was written elsewhere; empty when it could not be saved here. */
  public static Optional<DeviceConfig> readable(String text) {
    try {
      return Optional.of(read(text));
    } catch (Problem refused) {
      return Optional.empty();
    }
  }

  private static @Nullable String string(JsonNode tree, String name) {
    JsonNode value = tree.get(name);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw Problem.invalid(FIELD, name + " must be a string");
    }
    JsonText.storable(FIELD, value.textValue());
    return value.textValue();
  }

  private static @Nullable Boolean bool(JsonNode tree, String name) {
    JsonNode value = tree.get(name);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isBoolean()) {
      throw Problem.invalid(FIELD, name + " must be true or false");
    }
    return value.booleanValue();
  }
}
