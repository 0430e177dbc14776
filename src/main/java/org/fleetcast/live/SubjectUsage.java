package org.fleetcast.live;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/** What the sessions of one subject have taken: streams, and memory for subscriptions. */
final class SubjectUsage {
  /** Of one subscription without its filter. */
  static final int SUBSCRIPTION_BYTES = 640;

  /** Of a field of a filter, without its name and value. */
  private static final long FIELD_BYTES = 200;

  private static final Duration RETRY_AFTER = Duration.ofMinutes(1);

  private final ViewerMemory memory;
  private final Runnable refused;
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicInteger places = new AtomicInteger();
  private final AtomicLong subscriptions = new AtomicLong();

  /**
   * @param refused run when it may take no more
   */
  SubjectUsage(ViewerMemory memory, Runnable refused) {
    this.memory = memory;
    this.refused = refused;
  }

  /**
   * How many of the sessions have a stream, from when it is let in until it is over, which they
   * keep up to date.
   */
  AtomicInteger connected() {
    return connected;
  }

  /** How many streams are open, those included whose place another has taken. */
  AtomicInteger places() {
    return places;
  }

  /**
   * Takes memory for a subscription.
   *
   * @throws Problem 429 when the subject has taken its part, 503 when all together have
   */
  void take(LineFilter filter) {
    long bytes = bytes(filter);
    if (subscriptions.addAndGet(bytes) > memory.subscriptionLimitForOne()) {
      subscriptions.addAndGet(-bytes);
      throw refused(ProblemCode.TOO_MANY_CONNECTIONS, "Too many subscriptions of this user");
    }
    if (memory.addSubscriptions(bytes) > memory.subscriptionLimit()) {
      give(filter);
      throw refused(
          ProblemCode.SERVICE_UNAVAILABLE, "No further subscriptions can be made right now");
    }
  }

  private Problem refused(ProblemCode code, String sentence) {
    refused.run();
    return Problem.of(code, sentence).retryAfter(RETRY_AFTER);
  }

  /** Takes it whatever others have: it was there before. */
  void keep(LineFilter filter) {
    subscriptions.addAndGet(bytes(filter));
    memory.addSubscriptions(bytes(filter));
  }

  /** Gives back what a subscription took. */
  void give(LineFilter filter) {
    subscriptions.addAndGet(-bytes(filter));
    memory.addSubscriptions(-bytes(filter));
  }

  private static long bytes(LineFilter filter) {
    String contains = filter.contains();
    FieldFilter fields = filter.fields();
    int parts = fields.only().size() + fields.without().size();
    return SUBSCRIPTION_BYTES
        + (contains == null ? 0 : 2L * contains.length())
        + FIELD_BYTES * parts
        + 2L * fields.length();
  }
}
