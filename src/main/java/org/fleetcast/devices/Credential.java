package org.fleetcast.devices;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * A device's credential and what may become of it. It is OK for most of its life. An operator or
 * the schedule queues it ({@link #queued}: QUEUED); when it is its turn it starts ({@link
 * #started}: PENDING) and its device is asked to fetch a new secret. When the device asks, the old
 * secret is first put aside ({@link #withCached}) and then replaced at the issuer ({@link
 * #regenerated}). The device shows that it has the new one by a token that can only come from it
 * ({@link #completed}: OK again). A device that does not show up in time gets its old secret back
 * ({@link #timedOut}: TIMEOUT) and waits, longer each time, for another turn or for an operator to
 * queue it. One whose old secret nobody can open ends its turn all the same ({@link
 * #timedOutLocked}).
 *
 * <p>A value: each move answers the credential after it, or refuses.
 *
 * @param cachedSecret the old secret, sealed, from before the issuer was asked for a new one until
 *     the end of the turn
 * @param regeneratedAt the issuer's clock when it had made the new secret
 * @param timeouts how often in a row its turn ended without the device
 * @param retryAt when it may be tried again without an operator
 * @param withdrawn when, by the issuer's clock, there were tokens of secrets that never came into
 *     use
 */
public record Credential(
    RotationState state,
    @Nullable String cachedSecret,
    @Nullable Instant regeneratedAt,
    @Nullable Instant secretCreatedAt,
    @Nullable Instant lastAttemptAt,
    @Nullable Instant lastCompletedAt,
    int timeouts,
    @Nullable Instant retryAt,
    Withdrawn withdrawn) {
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);
  private static final int MOST_DOUBLINGS = 20;

  /** What the cached secret of a client is sealed for. */
  public static String purpose(String clientId) {
    return "old secret " + clientId;
  }

  /** Whether it can be queued; else it is queued or its turn already. */
  public boolean mayQueue() {
    return state == RotationState.OK || state == RotationState.TIMEOUT;
  }

  /** OK or TIMEOUT to QUEUED: it waits for its turn. */
  public Credential queued() {
    require(mayQueue(), "be queued");
    return moved(RotationState.QUEUED, cachedSecret, regeneratedAt, lastAttemptAt);
  }

  /** QUEUED or TIMEOUT to PENDING: it is its turn. */
  public Credential started(Instant now) {
    require(state == RotationState.QUEUED || state == RotationState.TIMEOUT, "start");
    return moved(RotationState.PENDING, cachedSecret, regeneratedAt, now);
  }

  /** PENDING: the old secret is put aside, before the issuer is asked for a new one. */
  public Credential withCached(String sealedSecret) {
    require(state == RotationState.PENDING && cachedSecret == null, "put its secret aside");
    return moved(state, sealedSecret, null, lastAttemptAt);
  }

  /** The same with the secret that was put aside sealed under another key. */
  public Credential withResealed(String sealedSecret) {
    require(cachedSecret != null, "seal its secret anew");
    return moved(state, sealedSecret, regeneratedAt, lastAttemptAt);
  }

  /** PENDING with the old secret put aside: the issuer made the new one. */
  public Credential regenerated(Instant at) {
    require(state == RotationState.PENDING && cachedSecret != null, "get a new secret");
    return moved(state, cachedSecret, at, lastAttemptAt);
  }

  /** Within a turn or on the way to one: what came of the turns before stays as it is. */
  private Credential moved(
      RotationState next,
      @Nullable String sealedSecret,
      @Nullable Instant regenerated,
      @Nullable Instant attempt) {
    return new Credential(
        next,
        sealedSecret,
        regenerated,
        secretCreatedAt,
        attempt,
        lastCompletedAt,
        timeouts,
        retryAt,
        withdrawn);
  }

  /**
   * Whether a token shows that the device has the new secret: it was issued in a later second of
   * the issuer's clock than the one in which the new secret replaced the old. Also when its turn is
   * over and the old secret was not written back: the new one is the good one still.
   */
  public boolean completesWith(Instant issuedAt) {
    return regeneratedAt != null && issuedAt.isAfter(regeneratedAt.truncatedTo(ChronoUnit.SECONDS));
  }

  /** To OK, from PENDING in nearly all cases: the device has the new secret. */
  public Credential completed(Instant issuedAt, Instant now) {
    require(completesWith(issuedAt), "complete");
    return new Credential(
        RotationState.OK,
        null,
        null,
        regeneratedAt,
        lastAttemptAt,
        now,
        0,
        null,
        Withdrawn.NOTHING);
  }

  /** Whether its turn has lasted longer than the limit. */
  public boolean isOverdue(Instant now, Duration limit) {
    return state == RotationState.PENDING
        && (lastAttemptAt == null || now.isAfter(lastAttemptAt.plus(limit)));
  }

  /**
   * PENDING to TIMEOUT: the device did not come, and its old secret is the good one again. It may
   * be tried again from the next cycle on after the first time, and after twice the limit, four
   * times, ... since its last attempt after the next ones, a day at most.
   *
   * @param restoredAt the issuer's clock when the old secret had been written back
   */
  public Credential timedOut(Instant now, Duration limit, Instant restoredAt) {
    return timedOutLocked(now, limit).withoutCached(restoredAt);
  }

  /**
   * PENDING to TIMEOUT although the old secret cannot be written back, since nobody can open it. It
   * stays put aside, should its key be found again; until then the issuer's secret is the good one,
   * and the device, if it has that, completes with it.
   */
  public Credential timedOutLocked(Instant now, Duration limit) {
    require(isOverdue(now, limit), "time out");
    Instant attempt = lastAttemptAt == null ? now : lastAttemptAt;
    Instant nextCycle = now.plus(1, ChronoUnit.MICROS);
    Instant retry = attempt.plus(wait(timeouts, limit));
    return new Credential(
        RotationState.TIMEOUT,
        cachedSecret,
        regeneratedAt,
        secretCreatedAt,
        attempt,
        lastCompletedAt,
        timeouts + 1,
        retry.isAfter(nextCycle) ? retry : nextCycle,
        withdrawn);
  }

  /**
   * TIMEOUT with the old secret still put aside, since it was taken over so from another service or
   * nobody could open it when its turn ended: that is the good one again. Until it is, a turn keeps
   * it.
   *
   * @param restoredAt the issuer's clock when the old secret had been written back
   */
  public Credential restored(Instant restoredAt) {
    require(state == RotationState.TIMEOUT && cachedSecret != null, "be restored");
    return withoutCached(restoredAt);
  }

  private Credential withoutCached(Instant restoredAt) {
    return new Credential(
        state,
        null,
        null,
        secretCreatedAt,
        lastAttemptAt,
        lastCompletedAt,
        timeouts,
        retryAt,
        withdrawnUntil(restoredAt));
  }

  private Withdrawn withdrawnUntil(Instant restoredAt) {
    return regeneratedAt == null
        ? withdrawn // nobody was told of a new secret
        : withdrawn.and(regeneratedAt.truncatedTo(ChronoUnit.SECONDS), restoredAt);
  }

  /**
   * Whether a token may come from a secret that was withdrawn because the device was late. One from
   * the good secret may look so too, for the second in which that was written back.
   */
  public boolean isWithdrawn(Instant issuedAt) {
    return withdrawn.has(issuedAt);
  }

  private static Duration wait(int timeoutsBefore, Duration limit) {
    Duration wait = limit.multipliedBy(1L << Math.min(timeoutsBefore, MOST_DOUBLINGS));
    return wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
  }

  /** In any state: the client at the issuer was made anew, with a secret of its own. */
  Credential withNewClient(Instant now) {
    return new Credential(
        state,
        cachedSecret,
        regeneratedAt,
        now,
        lastAttemptAt,
        lastCompletedAt,
        timeouts,
        retryAt,
        withdrawn);
  }

  private void require(boolean legal, String move) {
    if (!legal) {
      throw Problem.of(
          ProblemCode.INVALID_OPERATION, "A credential that is " + state + " cannot " + move);
    }
  }

  /** Names no secret, not even a sealed one. */
  @Override
  public String toString() {
    return "Credential[state=" + state + ", lastAttemptAt=" + lastAttemptAt + "]";
  }
}
