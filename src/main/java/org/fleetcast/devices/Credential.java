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
 * #started}: PENDING) and its device is told to fetch a new secret. When the device asks, the old
 * secret is first put aside ({@link #withCached}) and then replaced at the issuer ({@link
 * #regenerated}). The device shows that it has the new one by a token that can only come from it
 * ({@link #completed}: OK again). A device that does not show up in time gets its old secret back
 * ({@link #timedOut}: TIMEOUT) and waits, longer each time, for another turn or for an operator to
 * queue it.
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
    @Nullable Period withdrawn) {
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);
  private static final int MOST_DOUBLINGS = 20;

  /** What the cached secret of a client is sealed for. */
  public static String purpose(String clientId) {
    return "old secret " + clientId;
  }

  /** From one time, exclusive, to another. */
  public record Period(Instant from, Instant until) {
    boolean has(Instant time) {
      return time.isAfter(from) && !time.isAfter(until);
    }
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
   * the issuer's clock than the one in which the new secret replaced the old.
   */
  public boolean completesWith(Instant issuedAt) {
    return state == RotationState.PENDING
        && regeneratedAt != null
        && issuedAt.isAfter(regeneratedAt.truncatedTo(ChronoUnit.SECONDS));
  }

  /** PENDING to OK: the device has the new secret. */
  public Credential completed(Instant issuedAt, Instant now) {
    require(completesWith(issuedAt), "complete");
    return new Credential(
        RotationState.OK, null, null, regeneratedAt, lastAttemptAt, now, 0, null, null);
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
    require(isOverdue(now, limit), "time out");
    Instant attempt = lastAttemptAt == null ? now : lastAttemptAt;
    Instant nextCycle = now.plus(1, ChronoUnit.MICROS);
    Instant retry = attempt.plus(wait(timeouts, limit));
    return new Credential(
        RotationState.TIMEOUT,
        null,
        null,
        secretCreatedAt,
        attempt,
        lastCompletedAt,
        timeouts + 1,
        retry.isAfter(nextCycle) ? retry : nextCycle,
        withdrawnUntil(restoredAt));
  }

  /**
   * TIMEOUT as it was taken over from another service, with the old secret still put aside: that is
   * the good one again. Until it is, a turn keeps it, and ends with it in any case.
   *
   * @param restoredAt the issuer's clock when the old secret had been written back
   */
  public Credential restored(Instant restoredAt) {
    require(state == RotationState.TIMEOUT && cachedSecret != null, "be restored");
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

  private @Nullable Period withdrawnUntil(Instant restoredAt) {
    if (regeneratedAt == null) {
      return withdrawn; // nobody was told of a new secret
    }
    Instant first =
        withdrawn == null ? regeneratedAt.truncatedTo(ChronoUnit.SECONDS) : withdrawn.from();
    return new Period(first, restoredAt);
  }

  /**
   * Whether a token may come from a secret that was withdrawn because the device was late. One from
   * the good secret may look so too, for the second in which that was written back.
   */
  public boolean isWithdrawn(Instant issuedAt) {
    return withdrawn != null && withdrawn.has(issuedAt);
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
