package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.WallClock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Somebody sets the clock of the machine while lines flow. */
@Tag("long")
class ClockIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final int LINES = 500;

  private final Elasticsearch elasticsearch = SharedStack.get().elasticsearch();

  @Test
  void a_clock_that_is_set_back_and_forward_by_an_hour_loses_doubles_and_stalls_nothing() {
    Fleetcast server = Fleetcast.prepared();
    try (Mosquitto broker = Mosquitto.open();
        server;
        WallClock clock = WallClock.of(server)) {
      server
          .with("MQTT_URL", broker.url())
          .with("ELASTICSEARCH_URL", elasticsearch.uri().toString())
          .with("FLEETCAST_LOCAL_TOKEN_SECONDS", Long.toString(HOUR.multipliedBy(6).toSeconds()))
          .with("SSE_HEARTBEAT_INTERVAL", "1")
          .with("SSE_RESUME_SECONDS", "2")
          .start();
      String entity = Operator.unique("clock");
      Operator operator = Operator.editor(server);
      int device = operator.device(entity);
      try (SseClient one = operator.follow(device, "");
          SseClient two = operator.follow(device, "?request_id=two");
          SseClient idle = operator.open("idle");
          Load load = new Load(broker.uri(), entity)) {
        Steps steps = new Steps(operator, device, entity, List.of(one, two), idle, load);
        steps.goOn();
        clock.set(HOUR.negated());
        steps.goOn();
        clock.set(HOUR);
        steps.goOn();
        int total = load.stop();
        assertThat(List.of(one, two))
            .allSatisfy(stream -> Steps.assertComplete(stream, total))
            .noneMatch(SseClient::isEnded);
        assertThat(idle.isEnded()).isFalse();
        ResilienceIT.assertStoredOnce(elasticsearch, entity, total);
      }
    }
  }

  /** What is to go on whatever the clock says. */
  private record Steps(
      Operator operator,
      int device,
      String entity,
      List<SseClient> viewers,
      SseClient idle,
      Load load) {
    void goOn() {
      int lines = load.published() + LINES;
      int stored = stored() + LINES;
      int heartbeats = idle.comments();
      String gone = Operator.unique("gone");
      try (SseClient leaving = operator.open(gone)) {
        assertThat(operator.subscribe(gone, device).status()).isEqualTo(200);
        assertThat(leaving.isEnded()).isFalse();
      }
      soon(() -> viewers.stream().allMatch(viewer -> ResilienceIT.numbers(viewer).size() >= lines));
      soon(() -> idle.comments() >= heartbeats + 3);
      soon(() -> operator.subscribe(gone, device).status() == 403);
      soon(() -> stored() >= stored);
    }

    private int stored() {
      return ResilienceIT.storedNumbers(SharedStack.get().elasticsearch(), entity).size();
    }

    private static void soon(Callable<Boolean> condition) {
      Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(500)).until(condition);
    }

    static void assertComplete(SseClient stream, int total) {
      soon(() -> ResilienceIT.numbers(stream).size() >= total);
      assertThat(ResilienceIT.numbers(stream)).isSorted().doesNotHaveDuplicates().hasSize(total);
    }
  }
}
