package org.fleetcast.devices;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.Test;

class CredentialTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00.250Z");
  private static final Duration LIMIT = Duration.ofSeconds(300);
  private static final Credential OK =
      new Credential(RotationState.OK, null, null, NOW, null, null, 0, null, Withdrawn.NOTHING);

  private enum Move {
    QUEUE,
    START,
    CACHE,
    REGENERATE,
    COMPLETE,
    TIME_OUT
  }

  @Test
  void a_turn_that_goes_well_ends_with_the_new_secret_and_nothing_put_aside() {
    Credential turn = OK.queued().started(NOW).withCached("sealed").regenerated(NOW);
    Credential done = turn.completed(NOW.plusSeconds(1), NOW.plusSeconds(2));
    assertThat(done.state()).isEqualTo(RotationState.OK);
    assertThat(done.cachedSecret()).isNull();
    assertThat(done.secretCreatedAt()).isEqualTo(NOW);
    assertThat(done.lastAttemptAt()).isEqualTo(NOW);
    assertThat(done.lastCompletedAt()).isEqualTo(NOW.plusSeconds(2));
  }

  @Test
  void a_token_of_the_second_in_which_the_secret_was_made_completes_nothing() {
    Credential turn = OK.queued().started(NOW).withCached("sealed").regenerated(NOW);
    assertThat(turn.completesWith(Instant.parse("2026-03-01T10:00:00Z"))).isFalse();
    assertThat(turn.completesWith(Instant.parse("2026-03-01T10:00:01Z"))).isTrue();
    assertThatThrownBy(() -> turn.completed(Instant.parse("2026-03-01T10:00:00Z"), NOW))
        .isInstanceOf(Problem.class);
  }

  @Test
  void no_token_completes_a_turn_before_there_is_a_new_secret() {
    Credential turn = OK.queued().started(NOW).withCached("sealed");
    assertThat(turn.completesWith(NOW.plusSeconds(100))).isFalse();
  }

  @Test
  void a_turn_times_out_when_the_limit_is_exceeded_and_not_before() {
    Credential turn = OK.queued().started(NOW).withCached("sealed").regenerated(NOW);
    assertThat(turn.isOverdue(NOW.plus(LIMIT), LIMIT)).isFalse();
    assertThat(turn.isOverdue(NOW.plus(LIMIT).plusMillis(1), LIMIT)).isTrue();
    Credential late = turn.timedOut(NOW.plus(LIMIT).plusMillis(1), LIMIT, NOW.plus(LIMIT));
    assertThat(late.state()).isEqualTo(RotationState.TIMEOUT);
    assertThat(late.cachedSecret()).isNull();
    assertThat(late.secretCreatedAt()).isEqualTo(OK.secretCreatedAt());
  }

  @Test
  void
      a_device_that_never_comes_is_tried_again_at_once_then_ever_more_rarely_and_once_a_day_in_the_end() {
    Credential credential = OK.queued();
    Instant now = NOW;
    Duration before = Duration.ZERO;
    for (int i = 0; i < 100; i++) {
      credential = credential.started(now);
      Instant end = now.plus(LIMIT).plusMillis(1);
      credential = credential.timedOut(end, LIMIT, end);
      Duration wait = Duration.between(now, credential.retryAt());
      assertThat(wait).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(Duration.ofDays(1));
      before = wait;
      now = end;
    }
    assertThat(before).isEqualTo(Duration.ofDays(1));
    assertThat(OK.queued().started(NOW).timedOut(NOW.plusSeconds(301), LIMIT, NOW).retryAt())
        .isEqualTo(NOW.plusSeconds(301).plusNanos(1_000));
  }

  @Test
  void a_device_that_comes_after_all_is_tried_at_once_again_the_next_time() {
    Credential late = OK.queued().started(NOW).timedOut(NOW.plusSeconds(301), LIMIT, NOW);
    Credential done =
        late.started(NOW).withCached("s").regenerated(NOW).completed(NOW.plusSeconds(2), NOW);
    assertThat(done.timeouts()).isZero();
    assertThat(done.retryAt()).isNull();
  }

  @Test
  void a_token_of_a_secret_that_was_withdrawn_is_known_until_the_device_has_a_new_one() {
    Instant second = Instant.parse("2026-03-01T10:00:00Z");
    Credential turn = OK.queued().started(NOW).withCached("s").regenerated(NOW);
    Credential late = turn.timedOut(NOW.plusSeconds(301), LIMIT, NOW.plusSeconds(301));
    assertThat(late.isWithdrawn(second)).as("of the old secret").isFalse();
    assertThat(late.isWithdrawn(second.plusSeconds(1))).isTrue();
    assertThat(late.isWithdrawn(second.plusSeconds(301))).isTrue();
    assertThat(late.isWithdrawn(second.plusSeconds(302))).as("the old one again").isFalse();

    Credential again = late.started(NOW.plusSeconds(400));
    assertThat(again.isWithdrawn(second.plusSeconds(1))).isTrue();
    Credential done =
        again
            .withCached("s")
            .regenerated(NOW.plusSeconds(401))
            .completed(NOW.plusSeconds(403), NOW.plusSeconds(403));
    assertThat(done.isWithdrawn(second.plusSeconds(1))).isFalse();
  }

  @Test
  void between_two_turns_that_it_missed_a_device_had_its_old_secret_whose_tokens_stay_good() {
    Instant second = Instant.parse("2026-03-01T10:00:00Z");
    Credential first = OK.queued().started(NOW).withCached("s").regenerated(NOW);
    Credential late = first.timedOut(NOW.plusSeconds(301), LIMIT, NOW.plusSeconds(301));
    Credential again =
        late.started(NOW.plusSeconds(400)).withCached("s").regenerated(NOW.plusSeconds(450));
    Credential twice = again.timedOut(NOW.plusSeconds(701), LIMIT, NOW.plusSeconds(701));
    assertThat(twice.isWithdrawn(second.plusSeconds(1))).isTrue();
    assertThat(twice.isWithdrawn(second.plusSeconds(302))).as("of the old secret").isFalse();
    assertThat(twice.isWithdrawn(second.plusSeconds(450))).as("of the old secret").isFalse();
    assertThat(twice.isWithdrawn(second.plusSeconds(451))).isTrue();
    assertThat(twice.isWithdrawn(second.plusSeconds(702))).as("the old one again").isFalse();
  }

  @Test
  void a_secret_that_was_taken_over_with_a_device_that_timed_out_is_kept_until_it_is_restored() {
    Withdrawn nothing = new Withdrawn(List.of(new Withdrawn.Period(NOW, NOW)));
    Credential taken =
        new Credential(RotationState.TIMEOUT, "sealed", NOW, null, NOW, null, 1, NOW, nothing);
    Credential turn = taken.queued().started(NOW.plusSeconds(9));
    assertThat(turn.cachedSecret()).isEqualTo("sealed");
    assertThat(turn.completesWith(NOW.minusMillis(250))).isFalse();
    assertThat(turn.completesWith(NOW.plusSeconds(1))).as("of the secret that is good").isTrue();

    Credential restored = taken.restored(NOW.plusSeconds(5));
    assertThat(restored.state()).isEqualTo(RotationState.TIMEOUT);
    assertThat(restored.cachedSecret()).isNull();
    assertThat(restored.isWithdrawn(NOW.plusSeconds(5))).isTrue();
    assertThat(restored.isWithdrawn(NOW.plusSeconds(6))).isFalse();
    assertThatThrownBy(() -> restored.restored(NOW)).isInstanceOf(Problem.class);
  }

  @Test
  void a_turn_ends_also_with_an_old_secret_that_nobody_can_open_and_completes_with_the_new_one() {
    Credential turn = OK.queued().started(NOW).withCached("sealed").regenerated(NOW);
    assertThatThrownBy(() -> turn.timedOutLocked(NOW, LIMIT)).isInstanceOf(Problem.class);
    Credential late = turn.timedOutLocked(NOW.plusSeconds(301), LIMIT);
    assertThat(late.state()).isEqualTo(RotationState.TIMEOUT);
    assertThat(late.cachedSecret()).isEqualTo("sealed");
    assertThat(late.timeouts()).isEqualTo(1);
    assertThat(late.retryAt()).isAfter(NOW.plusSeconds(301));
    assertThat(late.isWithdrawn(NOW.plusSeconds(1))).as("it is the good one still").isFalse();
    assertThat(late.completesWith(Instant.parse("2026-03-01T10:00:00Z"))).as("of it").isFalse();

    Credential done = late.completed(NOW.plusSeconds(1), NOW.plusSeconds(400));
    assertThat(done.state()).isEqualTo(RotationState.OK);
    assertThat(done.cachedSecret()).isNull();
    assertThat(done.secretCreatedAt()).isEqualTo(NOW);

    Credential opened = late.restored(NOW.plusSeconds(400));
    assertThat(opened.cachedSecret()).isNull();
    assertThat(opened.isWithdrawn(NOW.plusSeconds(1))).isTrue();
  }

  @Test
  void its_text_names_no_secret() {
    assertThat(OK.queued().started(NOW).withCached("sealed"))
        .hasToString("Credential[state=PENDING, lastAttemptAt=2026-03-01T10:00:00.250Z]");
  }

  /** Whatever is tried in whatever order, each move is taken where it is legal and else refused. */
  @Property(seed = "1")
  void no_order_of_moves_leaves_the_life_of_a_credential(
      @ForAll @Size(max = 60) List<Move> moves, @ForAll @IntRange(max = 600) int pace) {
    Credential credential = OK;
    Instant now = NOW;
    for (Move move : moves) {
      now = now.plusSeconds(pace);
      boolean legal = isLegal(move, credential, now);
      Credential before = credential;
      Instant at = now;
      if (legal) {
        credential = after(move, credential, now);
        assertThat(credential.state()).isEqualTo(stateAfter(move));
      } else {
        assertThatThrownBy(() -> after(move, before, at))
            .isInstanceOfSatisfying(
                Problem.class,
                refusal -> assertThat(refusal.code()).isEqualTo(ProblemCode.INVALID_OPERATION));
      }
      assertThat(credential.cachedSecret() == null || credential.state() == RotationState.PENDING)
          .as("an old secret is kept during a turn only")
          .isTrue();
      assertThat(credential.regeneratedAt() == null || credential.cachedSecret() != null)
          .as("nothing is regenerated before the old secret is kept")
          .isTrue();
    }
  }

  @Property
  @Tag("long")
  void no_order_of_moves_leaves_the_life_of_a_credential_with_any_seed(
      @ForAll @Size(max = 60) List<Move> moves, @ForAll @IntRange(max = 600) int pace) {
    no_order_of_moves_leaves_the_life_of_a_credential(moves, pace);
  }

  private static boolean isLegal(Move move, Credential credential, Instant now) {
    RotationState state = credential.state();
    boolean pending = state == RotationState.PENDING;
    return switch (move) {
      case QUEUE -> state == RotationState.OK || state == RotationState.TIMEOUT;
      case START -> state == RotationState.QUEUED || state == RotationState.TIMEOUT;
      case CACHE -> pending && credential.cachedSecret() == null;
      case REGENERATE -> pending && credential.cachedSecret() != null;
      case COMPLETE -> pending && credential.regeneratedAt() != null;
      case TIME_OUT -> pending && elapsed(credential, now).compareTo(LIMIT) > 0;
    };
  }

  private static Duration elapsed(Credential credential, Instant now) {
    return Duration.between(requireNonNull(credential.lastAttemptAt()), now);
  }

  private static Credential after(Move move, Credential credential, Instant now) {
    return switch (move) {
      case QUEUE -> credential.queued();
      case START -> credential.started(now);
      case CACHE -> credential.withCached("sealed");
      case REGENERATE -> credential.regenerated(now);
      case COMPLETE -> credential.completed(now.plusSeconds(1), now);
      case TIME_OUT -> credential.timedOut(now, LIMIT, now);
    };
  }

  private static RotationState stateAfter(Move move) {
    return switch (move) {
      case QUEUE -> RotationState.QUEUED;
      case START, CACHE, REGENERATE -> RotationState.PENDING;
      case COMPLETE -> RotationState.OK;
      case TIME_OUT -> RotationState.TIMEOUT;
    };
  }
}
