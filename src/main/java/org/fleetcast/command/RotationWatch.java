package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Shows how the rotation of some devices goes on, until each of them is done. */
final class RotationWatch implements LiveStream.Reader {
  private final Server server;
  private final Terminal terminal;

  /** The last state that was seen of each, by id. */
  private final Map<Integer, String> states = new TreeMap<>();

  RotationWatch(Server server, Terminal terminal) {
    this.server = server;
    this.terminal = terminal;
  }

  /** Names the devices, as they were before they were to rotate. */
  void expect(List<JsonNode> devices) {
    devices.forEach(
        device -> states.put(device.path("id").asInt(), device.path("rotation_state").asText()));
  }

  /** How many of them did not come in time. */
  int timedOut() {
    return (int) states.values().stream().filter("TIMEOUT"::equals).count();
  }

  @Override
  public boolean begin(String requestId, @Nullable String after) throws Failure {
    return look();
  }

  @Override
  public boolean take(ServerEvent event) throws Failure {
    return !event.name().equals("rotation-updated") || look();
  }

  /** Looks where they are now; tells whether one of them is still under way. */
  private boolean look() throws Failure {
    Set<Integer> there = new HashSet<>();
    for (JsonNode device : DeviceNames.of(server).all()) {
      int id = device.path("id").asInt();
      there.add(id);
      String state = device.path("rotation_state").asText();
      String before = states.get(id);
      if (before != null && !before.equals(state)) {
        terminal.line(name(device) + ": " + before + " -> " + state);
        states.put(id, state);
      }
    }
    states.keySet().retainAll(there); // one that was deleted meanwhile is not waited for
    boolean underWay =
        states.values().stream()
            .anyMatch(state -> state.equals("QUEUED") || state.equals("PENDING"));
    if (!underWay) {
      terminal.line("Done: %d, timed out: %d".formatted(states.size() - timedOut(), timedOut()));
    }
    return !terminal.isGone() && underWay;
  }

  /** A device, for people. */
  static String name(JsonNode device) {
    return Terminal.safe(
        device.path("key").asText() + " " + device.path("device_name").asText("-"));
  }
}
