package org.fleetcast.it;

import static org.fleetcast.it.JoinIT.awaitLast;
import static org.fleetcast.it.JoinIT.range;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * A server that soon forgets a stream and replays little: what comes after an id is read from what
 * is stored.
 */
@SuppressWarnings("NullAway.Init")
abstract class ForgettingServer {
  /** What is read again for a device at most; what lies further back is a gap. */
  static final int REPLAYED = 60;

  static Fleetcast server;
  static Operator operator;
  static MqttPublisher device;
  private static Mosquitto broker;

  final String entity = Operator.unique("cursor");
  final int id = operator.device(entity);

  @BeforeAll
  static void start() {
    broker = Mosquitto.open();
    server =
        Fleetcast.prepared()
            .with("MQTT_URL", broker.url())
            .with("ELASTICSEARCH_URL", SharedStack.get().elasticsearch().uri().toString())
            .with("SSE_RESUME_SECONDS", "3")
            .with("SSE_REPLAY_MAX_LINES", Integer.toString(REPLAYED))
            .start();
    operator = Operator.editor(server);
    device = MqttPublisher.connected(broker.uri());
  }

  @AfterAll
  static void stop() {
    device.close();
    server.close();
    broker.close();
  }

  /** Publishes so many lines to a stream; gives the ids of their events when it is forgotten. */
  final List<String> shown(int count) {
    try (SseClient stream = operator.follow(id, "")) {
      for (int n = 0; n < count; n++) {
        publish(n, n + 1);
        awaitLast(stream, n); // so that no two are one event
      }
      List<String> ids = ids(stream);
      stream.close();
      awaitForgotten();
      return ids;
    }
  }

  final void awaitForgotten() {
    Awaitility.await("the end of the resume time")
        .atMost(SOON)
        .until(() -> operator.watched(id).isEmpty());
  }

  static List<String> ids(SseClient stream) {
    List<String> ids = new ArrayList<>();
    stream.events("device-logs").forEach(event -> ids.add(String.valueOf(event.id())));
    return ids;
  }

  static JsonObjectBuilder after(String eventId) {
    return Json.createObjectBuilder().add("after", eventId);
  }

  /** Publishes numbered lines, each in a message of its own. */
  final void publish(int from, int to) {
    range(from, to).forEach(n -> device.publish(TOPIC, JoinIT.line(entity, n)));
  }
}
