package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.PendingTail;
import org.fleetcast.live.Session;
import org.fleetcast.live.StreamLimits;
import org.fleetcast.live.Subscription;
import org.fleetcast.live.Tail;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.LiveWatermark;
import org.fleetcast.sink.LogTime;

/**
 * Subscribes streams, and joins the stored lines that they ask for to the live ones.
 *
 * <p>Whoever asks for the same lines while nobody has begun to read them gets them from one
 * reading, as events that all of them share. Who comes later cannot join it: its live lines are
 * held only from then on.
 */
@Singleton
class Tails {
  private static final String WHERE = "tails";

  private final TailReader lastLines;
  private final LiveWatermark shown;
  private final StreamLimits limits;
  private final InternalFaults faults;
  private final Readers readers;
  private final RequestCoalescer<Wish, Waiting> waiting = new RequestCoalescer<>();

  /** What is to be read for whom: the users wait in turn, so each has a reading of its own. */
  private record Wish(String subject, String entityId, LineFilter filter, int tail) {}

  /** Who waits for it. */
  private record Waiting(Session session, PendingTail hold) {}

  @Inject
  public Tails(
      TailReader lastLines,
      LiveWatermark shown,
      StreamLimits limits,
      Readers readers,
      InternalFaults faults) {
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
    Optional<PendingTail> hold = session.subscribe(wanted, limits.subscriptions());
    return () -> hold.ifPresent(begun -> ask(new Waiting(session, begun)));
  }

  private void ask(Waiting asking) {
    Subscription wanted = asking.hold.wanted();
    String subject = asking.session.subject();
    Wish wish = new Wish(subject, wanted.entityId(), wanted.filter(), wanted.tail());
    if (waiting.add(wish, asking)) {
      answer(wish, wanted);
    }
  }

  /** Reads after the last who gets it has asked: all later lines are held for everybody. */
  private void answer(Wish wish, Subscription wanted) {
    List<Waiting> all = new ArrayList<>();
    CompletableFuture<Void> unused =
        readers
            .readPatiently(
                wish.subject,
                Readers.PATIENCE,
                reading -> {
                  all.addAll(waiting.take(wish));
                  return lastLines.read(wanted, shown.until(), reading);
                })
            .exceptionally(
                failure -> {
                  if (all.isEmpty()) { // it was refused before it began
                    all.addAll(waiting.take(wish));
                  }
                  return missing(wanted, failure);
                })
            .thenAccept(tail -> all.forEach(one -> faults.guard(WHERE, () -> release(one, tail))));
  }

  private void release(Waiting one, Tail tail) {
    Optional<PendingTail> next = one.session.release(one.hold, tail);
    next.ifPresent(later -> ask(new Waiting(one.session, later)));
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
