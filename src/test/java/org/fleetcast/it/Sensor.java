package org.fleetcast.it;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.net.URI;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SharedStack;

/** A registered device of the shared server, and what it publishes. */
record Sensor(int id, String name, String entityId) {
  /** A device that no other test knows. */
  static Sensor registered() {
    String name = Operator.unique("Sensor");
    String entityId = Operator.unique("sensor.console");
    int id =
        Operator.editor(SharedStack.get().fleetcast())
            .device(
                Json.createObjectBuilder().add("deviceName", name).add("deviceEntityId", entityId));
    return new Sensor(id, name, entityId);
  }

  /** Messages with a number behind them, so that their order is seen. */
  static List<String> numbered(String what, int count) {
    return IntStream.range(0, count).mapToObj(i -> "%s %04d".formatted(what, i)).toList();
  }

  void publish(String... messages) {
    publish(List.of(messages));
  }

  /** Publishes lines in one message. */
  void publish(List<String> messages) {
    send(messages.stream().map(this::line));
  }

  /** Publishes lines, each in a message of its own. */
  void publishApart(List<String> messages) {
    toBroker(messages.stream().map(this::line).toList());
  }

  /** Publishes one line with these fields of its own. */
  void publish(JsonObjectBuilder fields) {
    send(Stream.of(line(fields)));
  }

  /** Publishes a message as it stands; {@code E} in it is to be the entity id. */
  void publishRaw(String payload) {
    toBroker(List.of(payload.replace("\"E\"", "\"" + entityId + "\"")));
  }

  private String line(String message) {
    return line(Json.createObjectBuilder().add("message", message));
  }

  private String line(JsonObjectBuilder fields) {
    return fields.add("entity_id", entityId).build() + "\n";
  }

  private static void send(Stream<String> lines) {
    toBroker(List.of(lines.collect(Collectors.joining())));
  }

  private static void toBroker(List<String> payloads) {
    payloads.forEach(payload -> Uplink.OPEN.publish(Operator.TOPIC, payload));
  }

  /** One connection for all: opening and closing one takes a second. */
  private static final class Uplink {
    static final MqttPublisher OPEN =
        MqttPublisher.connected(URI.create(SharedStack.get().broker().url()));
  }
}
