package org.fleetcast.logs;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.fleetcast.live.Filter;
import org.fleetcast.live.Hold;
import org.fleetcast.live.Limits;
import org.fleetcast.live.Session;
import org.fleetcast.live.Subscription;
import org.fleetcast.live.Tail;
import org.fleetcast.problem.InternalFaults;

/**
 * Subscribes streams, and joins the stored lines that they ask for to the live ones.
 *
 * <p>Whoever asks for the same lines while nobody has begun to read them gets them from one
 * reading, as events that all of them share. Who comes later cannot join it: its live lines are
 * held only from then on.
 */
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
  private final Gathered<Wish, Waiting> waiting = new Gathered<>();

  /** What is to be read. */
  private record Wish(String entityId, Filter filter, int tail) {}

  /** Who waits for it. */
  private record Waiting(Session session, Hold hold) {}

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
    return () -> hold.ifPresent(begun -> ask(new Waiting(session, begun)));
  }

  private void ask(Waiting asking) {
    Subscription wanted = asking.hold.wanted();
    Wish wish = new Wish(wanted.entityId(), wanted.filter(), wanted.tail());
    if (waiting.add(wish, asking)) {
      readers.execute(() -> faults.guard(WHERE, () -> answer(wish, wanted)));
    }
  }

  /** Reads after the last who gets it has asked: all later lines are held for everybody. */
  private void answer(Wish wish, Subscription wanted) {
    List<Waiting> all = waiting.take(wish);
    Tail tail = read(wanted);
    all.forEach(one -> faults.guard(WHERE, () -> release(one, tail)));
  }

  private void release(Waiting one, Tail tail) {
    Optional<Hold> next = one.session.release(one.hold, tail);
    next.ifPresent(later -> ask(new Waiting(one.session, later)));
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
