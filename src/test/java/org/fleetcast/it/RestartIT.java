package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.Ports;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whoever comes back to a server that was started again misses nothing and sees nothing twice. */
@Tag("long")
class RestartIT {
  private static final Duration A_WHILE = Duration.ofSeconds(90);
  private static final int LINES_A_SECOND = 500;

  @Test
  void a_server_that_is_stopped_in_order_is_followed_on_exactly() {
    Elasticsearch elasticsearch = SharedStack.get().elasticsearch();
    assertFollowedOver(elasticsearch.uri().toString(), Fleetcast::stop);
  }

  @Test
  void a_server_that_is_killed_is_followed_on_exactly() {
    Elasticsearch elasticsearch = SharedStack.get().elasticsearch();
    assertFollowedOver(elasticsearch.uri().toString(), Fleetcast::kill);
  }

  @Test
  void a_killed_server_that_has_only_its_journal_is_followed_on_exactly() {
    assertFollowedOver("http://localhost:" + Ports.free(), Fleetcast::kill);
  }

  private static void assertFollowedOver(String elasticsearch, Consumer<Fleetcast> end) {
    try (Mosquitto broker = Mosquitto.open();
        Fleetcast server =
            Fleetcast.prepared()
                .with("MQTT_URL", broker.url())
                .with("ELASTICSEARCH_URL", elasticsearch)
                .with("SSE_REPLAY_MAX_LINES", "100000") // however slow this machine starts
                .start()) {
      Operator operator = Operator.editor(server);
      String entity = Operator.unique("restart");
      int id = operator.device(entity);
      List<ReturningViewer> viewers = viewers(operator, id);
      try (Load load = new Load(broker.uri(), entity, LINES_A_SECOND)) {
        awaitAll(viewers, 1_000);
        end.accept(server);
        server.start();
        awaitAll(viewers, load.published() + LINES_A_SECOND);
        awaitAll(viewers, load.stop() - 1);
        viewers.forEach(RestartIT::assertContiguous);
      } finally {
        viewers.forEach(ReturningViewer::close);
      }
    }
  }

  /** By each of the ways in which a log can be followed. */
  private static List<ReturningViewer> viewers(Operator operator, int id) {
    return List.of(
        ReturningViewer.of(query -> operator.follow(id, query)),
        ReturningViewer.of(operator::followFleet),
        ReturningViewer.subscribed(operator, () -> Json.createObjectBuilder().add("device_id", id)),
        ReturningViewer.subscribed(operator, () -> Json.createObjectBuilder().add("fleet", true)));
  }

  private static void awaitAll(List<ReturningViewer> viewers, int number) {
    Awaitility.await("line " + number)
        .atMost(A_WHILE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> viewers.stream().allMatch(viewer -> viewer.hasReached(number)));
  }

  private static void assertContiguous(ReturningViewer viewer) {
    List<Integer> numbers = viewer.numbers();
    assertThat(viewer.gaps()).isEmpty();
    assertThat(numbers).isEqualTo(JoinIT.range(numbers.get(0), numbers.get(0) + numbers.size()));
  }
}
