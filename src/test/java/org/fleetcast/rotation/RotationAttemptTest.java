package org.fleetcast.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.fleetcast.devices.Credential;
import org.fleetcast.devices.RotationState;
import org.fleetcast.devices.Withdrawn;
import org.junit.jupiter.api.Test;

class RotationAttemptTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00.250Z");
  private static final Duration LIMIT = Duration.ofSeconds(300);
  private static final Instant LATE = NOW.plusSeconds(301);
  private static final Credential TURN =
      new Credential(RotationState.OK, null, null, NOW, null, null, 0, null, Withdrawn.NOTHING)
          .queued()
          .started(NOW);

  @Test
  void a_turn_has_a_deadline_and_tells_whether_the_new_secret_was_fetched() {
    assertThat(RotationAttempt.of(7, TURN, LIMIT))
        .isEqualTo(
            new RotationAttempt(7, RotationState.PENDING, NOW, NOW.plus(LIMIT), false, 0, null));
    Credential asked = TURN.withCached("sealed");
    assertThat(RotationAttempt.of(7, asked, LIMIT).fetched()).isFalse();
    assertThat(RotationAttempt.of(7, asked.regenerated(NOW), LIMIT).fetched()).isTrue();
  }

  @Test
  void one_that_timed_out_tells_when_it_is_tried_again() {
    Credential absent = TURN.timedOut(LATE, LIMIT, LATE);
    RotationAttempt told = RotationAttempt.of(7, absent, LIMIT);
    assertThat(told.state()).isEqualTo(RotationState.TIMEOUT);
    assertThat(told.fetched()).isFalse();
    assertThat(told.timeouts()).isEqualTo(1);
    assertThat(told.nextTryAt()).isEqualTo(absent.retryAt()).isAfter(LATE);
  }

  @Test
  void a_secret_that_was_fetched_in_an_earlier_turn_was_not_fetched_in_the_last_one() {
    Credential fetched =
        TURN.withCached("sealed").regenerated(NOW).timedOut(LATE, LIMIT, LATE.minusMillis(500));
    assertThat(RotationAttempt.of(7, fetched, LIMIT).fetched()).isTrue();
    Instant again = LATE.plusSeconds(60);
    Credential absent =
        fetched.started(again).timedOut(again.plusSeconds(301), LIMIT, again.plusSeconds(301));
    assertThat(RotationAttempt.of(7, absent, LIMIT).fetched()).isFalse();
  }

  @Test
  void one_that_was_taken_over_without_its_start_has_no_deadline() {
    Credential over =
        new Credential(
            RotationState.TIMEOUT, null, null, NOW, null, null, 0, NOW, Withdrawn.NOTHING);
    RotationAttempt told = RotationAttempt.of(7, over, LIMIT);
    assertThat(told.startedAt()).isNull();
    assertThat(told.deadline()).isNull();
    assertThat(told.nextTryAt()).isEqualTo(NOW);
  }
}
