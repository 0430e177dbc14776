package org.fleetcast.devices;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.QueryParameter;
import org.jspecify.annotations.Nullable;

/**
 * What a device is provisioned with, as a partition to be written into its flash by USB.
 *
 * @param size in bytes
 * @param data the bytes in Base64
 */
public record NvsPartition(int size, String data) {
  private static final String NAMESPACE = "prov";
  private static final String SIZE = "partition_size";

  /**
   * The size of a partition.
   *
   * @throws Problem 400 when no partition has it
   */
  static int size(String text) {
    int size = QueryParameter.integer(SIZE, text);
    if (size < NvsImage.LEAST || size > NvsImage.MOST || size % NvsImage.PAGE != 0) {
      throw Problem.invalid(
          SIZE,
          "must be a multiple of %d from %d to %d"
              .formatted(NvsImage.PAGE, NvsImage.LEAST, NvsImage.MOST));
    }
    return size;
  }

  /**
   * The partition for a device.
   *
   * @throws Problem 400 when a setting is missing, since a device cannot do without, or what is to
   *     be written is too much
   */
  static NvsPartition of(int size, Provisioning told) {
    Strings strings = new Strings();
    strings.add("device_key", told.deviceKey(), "the key of the device");
    strings.add("client_id", told.clientId(), "the client id of the device");
    strings.add("client_secret", told.clientSecret(), "the secret of the device");
    strings.add("token_url", told.tokenUrl().toString(), "the address for tokens");
    strings.add("base_url", told.baseUrl(), "BASEURL");
    strings.add("mqtt_url", told.mqttUrl(), "DEVICE_MQTT_URL");
    strings.add("wifi_ssid", told.wifiSsid(), "WIFI_SSID");
    strings.add("wifi_password", told.wifiPassword(), "WIFI_PASSWORD");
    byte[] image = NvsImage.of(size, NAMESPACE, strings.complete());
    return new NvsPartition(size, Base64.getEncoder().encodeToString(image));
  }

  /** The strings by name, and those that are missing, with what would have to be set. */
  private static final class Strings {
    private final Map<String, String> byName = new LinkedHashMap<>();
    private final List<String> missing = new ArrayList<>();

    void add(String name, @Nullable String value, String setting) {
      if (value == null || value.isEmpty()) {
        missing.add(name + " (" + setting + ")");
      } else {
        byName.put(name, value);
      }
    }

    Map<String, String> complete() {
      if (!missing.isEmpty()) {
        throw Problem.of(
            ProblemCode.INVALID_OPERATION,
            "A device cannot be provisioned while the server does not have: "
                + String.join(", ", missing));
      }
      return byName;
    }
  }

  /** Names no secret. */
  @Override
  public String toString() {
    return "NvsPartition[size=" + size + "]";
  }
}
