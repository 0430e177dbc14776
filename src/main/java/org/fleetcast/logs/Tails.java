package org.fleetcast.logs;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.fleetcast.live.Hold;
import org.fleetcast.live.Limits;
import org.fleetcast.live.Session;
import org.fleetcast.live.Subscription;
import org.fleetcast.live.Tail;
import org.fleetcast.problem.InternalFaults;

/** Subscribes streams, and joins the stored lines that they ask for to the live ones. */
@Singleton
public class Tails {
  private static final String WHERE = "tails";

  /** Each may hold some megabytes, and a search of Elasticsearch. */
  private static final int AT_A_TIME = 4;

  private final LastLines lastLines;
  private final Shown shown;
  private final Limits limits;
  private final InternalFaults faults;
  private final Executor readers;

  @Inject
  public Tails(
      LastLines lastLines,
      Shown shown,
      Limits limits,
      ManagedExecutorService executor,
      InternalFaults faults) {
    this.faults = faults;
    this.lastLines = lastLines;
    this.shown = shown;
    this.limits = limits;
    this.readers = new FewAtATime(executor, AT_A_TIME);
  }

  /**
   * Subscribes a stream.
   *
   * @return what is to be run when the stream is open: it reads the tail, without waiting for it
   */
  Runnable subscribe(Session session, Subscription wanted) {
    Optional<Hold> hold = session.subscribe(wanted, limits.subscriptions());
    return () ->
        hold.ifPresent(
            first -> readers.execute(() -> faults.guard(WHERE, () -> join(session, first))));
  }

  private void join(Session session, Hold first) {
    Optional<Hold> hold = Optional.of(first);
    while (hold.isPresent()) {
      hold = session.release(hold.get(), read(hold.get().wanted()));
    }
  }

  private Tail read(Subscription wanted) {
    long until = shown.until();
    try {
      return lastLines.read(wanted, until);
    } catch (Throwable failure) {
      // The journal's disk, or a bug: whatever it is, live lines must not wait for ever.
      faults.survived(WHERE, failure);
      return Tail.of(wanted.entityId(), List.of(), LogTime.text(until), wanted.tail());
    }
  }
}
