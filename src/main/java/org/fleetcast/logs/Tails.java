package org.fleetcast.logs;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.fleetcast.live.Hold;
import org.fleetcast.live.Limits;
import org.fleetcast.live.Session;
import org.fleetcast.live.Subscription;
import org.fleetcast.live.Tail;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;

/** Subscribes streams, and joins the stored lines that they ask for to the live ones. */
@Singleton
public class Tails {
  private static final String WHERE = "tails";

  private final LastLines lastLines;
  private final Shown shown;
  private final Limits limits;
  private final InternalFaults faults;
  private final Readers readers;

  @Inject
  public Tails(
      LastLines lastLines, Shown shown, Limits limits, Readers readers, InternalFaults faults) {
    this.faults = faults;
    this.lastLines = lastLines;
    this.shown = shown;
    this.limits = limits;
    this.readers = readers;
  }

  /**
   * Subscribes a stream.
   *
   * @return what is to be run when the stream is open: it reads the tail, without waiting for it
   */
  Runnable subscribe(Session session, Subscription wanted) {
    Optional<Hold> hold = session.subscribe(wanted, limits.subscriptions());
    return () -> hold.ifPresent(first -> join(session, first));
  }

  private void join(Session session, Hold hold) {
    Subscription wanted = hold.wanted();
    CompletableFuture<Void> unused =
        readers
            .readPatiently(
                session.subject(),
                Readers.PATIENCE,
                reading -> lastLines.read(wanted, shown.until(), reading))
            .exceptionally(failure -> missing(wanted, failure))
            .thenAccept(tail -> faults.guard(WHERE, () -> release(session, hold, tail)));
  }

  private void release(Session session, Hold hold, Tail tail) {
    session.release(hold, tail).ifPresent(next -> join(session, next));
  }

  /** The journal's disk, or a bug: whatever it is, live lines must not wait for ever. */
  private Tail missing(Subscription wanted, Throwable failure) {
    if (!(failure instanceof Problem)) {
      faults.survived(WHERE, failure);
    }
    String until = LogTime.text(shown.until());
    return Tail.of(wanted.entityId(), List.of(), until, wanted.tail());
  }
}
