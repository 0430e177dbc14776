package org.fleetcast.problem;

import static org.fleetcast.metrics.Described.metric;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * The wall between a fault and those who must go on: every long-lived loop and schedule guards each
 * item with it. A fault is counted, logged once and then at most once a minute for its place, and
 * survived. What cannot go on says {@link #ended}, which turns liveness DOWN for good.
 */
@Singleton
public class InternalFaults {
  private static final Logger LOG = System.getLogger(InternalFaults.class.getName());
  private static final Duration QUIET = Duration.ofMinutes(1);

  private final Consumer<String> counted;
  private final Clock clock;
  private final Map<String, Told> told = new ConcurrentHashMap<>();
  private volatile @Nullable String ended;

  private record Told(Instant at, long since) {}

  @Inject
  public InternalFaults(MetricRegistry metrics) {
    this(
        where ->
            metrics
                .counter(
                    metric(
                        "fleetcast_internal_faults",
                        "Faults of Fleetcast itself that a loop survived, by place"),
                    new Tag("where", where))
                .inc(),
        SteadyClock.INSTANCE);
  }

  /**
   * Faults that are counted elsewhere.
   *
   * @param counted is given the place of each fault
   */
  public InternalFaults(Consumer<String> counted, Clock clock) {
    this.counted = counted;
    this.clock = clock;
  }

  /** Runs the work; what it throws is counted and logged, and goes no further. */
  public void guard(String where, Runnable work) {
    try {
      work.run();
    } catch (Throwable fault) {
      survived(where, fault);
    }
  }

  /**
   * Counts and logs a fault that was caught, with its place: a few words, of which there are few,
   * since they are a label. Never throws.
   */
  public void survived(String where, Throwable fault) {
    try {
      counted.accept(where);
      Told last = told.merge(where, new Told(clock.instant(), 0), this::again);
      if (last.since == 0) {
        LOG.log(Level.ERROR, "An internal fault was survived where=" + where, fault);
      }
    } catch (Throwable worse) {
      fault.addSuppressed(worse); // there is nobody left to tell
    }
  }

  private Told again(Told before, Told now) {
    boolean due = !before.at.plus(QUIET).isAfter(now.at);
    return due ? now : new Told(before.at, before.since + 1);
  }

  /** Says that something has ended which nothing here begins again: only a restart helps. */
  public void ended(String sentence) {
    if (ended == null) {
      ended = sentence;
      LOG.log(Level.ERROR, sentence);
    }
  }

  /** What has ended for good; null while nothing has. */
  public @Nullable String whatEnded() {
    return ended;
  }
}
