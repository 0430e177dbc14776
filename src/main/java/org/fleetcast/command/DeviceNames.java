package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The devices of a server, by all that people call them. */
final class DeviceNames {
  private static final int MOST_NAMED = 5;

  private final List<JsonNode> devices = new ArrayList<>();

  DeviceNames(JsonNode answer) {
    answer.path("devices").forEach(devices::add);
  }

  static DeviceNames of(Server server) throws Failure {
    return new DeviceNames(server.get("/api/devices"));
  }

  List<JsonNode> all() {
    return List.copyOf(devices);
  }

  /**
   * The device of that id, key, entity id or name: the first of these that any device has.
   *
   * @throws Failure when there is none, or more than one
   */
  JsonNode find(String name) throws Failure {
    List<Predicate<JsonNode>> ways =
        List.of(
            device -> device.path("id").asText().equals(name),
            device -> name.equals(device.path("key").textValue()),
            device -> name.equals(device.path("device_entity_id").textValue()),
            device -> name.equalsIgnoreCase(device.path("device_name").textValue()));
    for (Predicate<JsonNode> way : ways) {
      List<JsonNode> found = devices.stream().filter(way).toList();
      if (found.size() == 1) {
        return found.get(0);
      }
      if (found.size() > 1) {
        throw Failure.refused(
            "More than one device is called '" + name + "', name one by its key: " + keys(found));
      }
    }
    throw Failure.refused(
        "No device has the id, key, entity id or name '" + name + "': see 'fleetcast devices'");
  }

  private static String keys(List<JsonNode> found) {
    return found.stream()
            .limit(MOST_NAMED)
            .map(device -> device.path("key").asText())
            .collect(Collectors.joining(", "))
        + (found.size() > MOST_NAMED ? ", …" : "");
  }
}
