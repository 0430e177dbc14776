package org.fleetcast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many at once: readers who stop, strangers, and everybody coming back after a restart. */
@Tag("long")
class CrowdIT {
  private static final int STOPPED = Integer.getInteger("fleetcast.stopped.readers", 50);
  private static final int CROWD = Integer.getInteger("fleetcast.crowd", 500);
  private static final int READING = 20;
  private static final Duration A_FEW_DEADLINES = Duration.ofSeconds(20);
  private static final Duration A_WHILE = Duration.ofSeconds(60);

  /** Of the JVM and the server, that come and go; a reader that stops costs none. */
  private static final int A_FEW_THREADS = 20;

  /** So many as the kernel does not keep for a reader, as fast as the machine can send them all. */
  private static final int MESSAGES = 500;

  private static final int PER_SECOND = Math.max(1, 100 * 50 / STOPPED);
  private static final Messages LARGE = new Messages(PER_SECOND, 1, 16_000);

  private static final Duration LESS_THAN_A_HEARTBEAT = Duration.ofSeconds(10);

  private static FleetcastSide side;

  @BeforeAll
  static void start() {
    SharedStack shared = SharedStack.get();
    side =
        new FleetcastSide(
            shared.elasticsearch(),
            shared.broker(),
            Fleetcast.prepared()
                .with("SSE_WRITE_DEADLINE_SECONDS", "2")
                .with("SSE_RESUME_SECONDS", "1")
                .with("MQTT_CLIENT_ID", "crowd"));
  }

  @AfterAll
  static void stop() {
    side.close();
  }

  @Test
  void readers_who_stop_are_closed_and_freed_and_delay_nobody() {
    try (Readers reading = new Readers(side).open(READING);
        Readers stopped = new Readers(side).open(STOPPED)) {
      long heap = Jcmd.heapAfterCollection(side.pid());
      int threads = Usage.of(side.pid()).threads();
      stopped.stall(STOPPED);
      reading.listen();
      long sent = LARGE.publish(side, Duration.ofSeconds(MESSAGES / PER_SECOND), 0);
      long meanwhile = Jcmd.heapAfterCollection(side.pid());
      Awaitility.await().atMost(A_WHILE).until(() -> reading.slowest() == sent);

      assertThat(reading.heard().gaps()).isZero();
      assertThat(reading.heard().missing() + reading.heard().doubled()).isZero();
      assertThat(Usage.of(side.pid()).threads()).isLessThan(threads + A_FEW_THREADS);
      // The events are shared: the log holds a mebibyte of them, not one for each reader.
      assertThat(meanwhile - heap).isLessThan(40_000_000L + STOPPED * 40_000L);
      Awaitility.await()
          .atMost(A_FEW_DEADLINES)
          .until(() -> metric("sse_connections_active") == READING);
      assertThat(metric("sse_viewers_dropped_total")).isEqualTo(STOPPED);
      Awaitility.await()
          .atMost(A_WHILE)
          .until(() -> metric("sse_device_log_subscriptions_active") == READING);
      assertThat(Jcmd.heapAfterCollection(side.pid()) - heap).isLessThan(20_000_000L);
    }
  }

  @Test
  void strangers_are_refused_and_leave_nothing_behind() {
    try (Readers strangers = new Readers(side, side.request(""))) {
      double open = metric("sse_connections_active");
      int descriptors = Usage.of(side.pid()).descriptors();
      strangers.open(CROWD);
      assertThat(strangers.heard().refused()).isEqualTo(CROWD);
      assertThat(metric("sse_connections_active")).isEqualTo(open);
      Awaitility.await()
          .atMost(A_WHILE)
          .until(() -> Usage.of(side.pid()).descriptors() < descriptors + 50);
    }
  }

  @Test
  void who_comes_and_goes_is_forgotten_while_others_stay() {
    try (Readers staying = new Readers(side).open(1)) {
      new Readers(side).open(CROWD).close();
      // Nothing was written to them: that they went was heard.
      Awaitility.await()
          .atMost(LESS_THAN_A_HEARTBEAT)
          .until(() -> metric("sse_connections_active") == 1);
      Awaitility.await()
          .atMost(A_WHILE)
          .until(() -> metric("sse_device_log_subscriptions_active") == 1);
      // No nudge was needed for it; as many as stay may be kept of those who went.
      assertThat(Jcmd.instances(side.pid(), "org.fleetcast.live.Session")).isLessThanOrEqualTo(2);
      assertThat(staying.heard().open()).isEqualTo(1);
    }
  }

  @Test
  void everybody_is_let_in_at_once_after_a_restart() {
    try (Readers before = new Readers(side).open(CROWD)) {
      side.server().kill();
      side.server().start();
      assertThat(before.heard().open()).isZero();
    }
    try (Readers after = new Readers(side).open(CROWD)) {
      assertThat(after.heard().open()).isEqualTo(CROWD);
      assertThat(after.heard().refused()).isZero();
      side.anybody().post("/internal/rotation-nudge");
      after.awaitNudges(CROWD);
    }
  }

  private static double metric(String name) {
    return side.anybody().metric(name, "");
  }
}
