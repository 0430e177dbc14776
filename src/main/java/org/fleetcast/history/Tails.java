package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.fleetcast.live.EarlierLines;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.Replay;
import org.fleetcast.live.Scope;
import org.fleetcast.live.Session;
import org.fleetcast.live.Subscription;
import org.fleetcast.live.Tail;
import org.fleetcast.live.TailRequest;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;

/**
 * Reads for streams what was stored before: tails, and what came after an event that they have.
 *
 * <p>Whoever asks for the same tail while nobody has begun to read it gets it from one reading, as
 * events that all of them share.
 */
@Singleton
class Tails implements EarlierLines {
  private static final String WHERE = "tails";

  private final TailReader lastLines;
  private final ReplayReader replays;
  private final InternalFaults faults;
  private final Readers readers;
  private final RequestCoalescer<Wish, Waiting> waiting = new RequestCoalescer<>();

  /** What is to be read for whom: the users wait in turn, so each has a reading of its own. */
  private record Wish(String subject, Scope scope, LineFilter filter, int tail) {}

  /** Who waits for it. */
  private record Waiting(Session session, TailRequest asked) {}

  @Inject
  public Tails(TailReader lastLines, ReplayReader replays, Readers readers, InternalFaults faults) {
    this.lastLines = lastLines;
    this.replays = replays;
    this.readers = readers;
    this.faults = faults;
  }

  @Override
  public void tail(Session session, TailRequest asked) {
    Subscription wanted = asked.wanted();
    Wish wish = new Wish(session.subject(), wanted.scope(), wanted.filter(), wanted.tail());
    if (waiting.add(wish, new Waiting(session, asked))) {
      answer(wish, session, wanted);
    }
  }

  /** Reads after the last who gets it has asked: all later lines come to everybody by the log. */
  private void answer(Wish wish, Session first, Subscription wanted) {
    List<Waiting> all = new ArrayList<>();
    CompletableFuture<Void> unused =
        readers
            .readPatiently(
                wish.subject,
                Readers.PATIENCE,
                reading -> {
                  all.addAll(waiting.take(wish));
                  return lastLines.read(wanted, first.published(), reading);
                })
            .exceptionally(
                failure -> {
                  if (all.isEmpty()) { // it was refused before it began
                    all.addAll(waiting.take(wish));
                  }
                  told(failure);
                  return Tail.none(wanted.scope(), first.published(), wanted.tail());
                })
            .thenAccept(
                tail ->
                    all.forEach(
                        one -> faults.guard(WHERE, () -> one.session.release(one.asked, tail))));
  }

  @Override
  public void page(Session session, Replay asked) {
    CompletableFuture<Void> unused =
        readers
            .readPatiently(
                session.subject(), Readers.PATIENCE, reading -> replays.page(asked, reading))
            .exceptionally(
                failure -> {
                  told(failure);
                  return ReplayReader.missing(asked);
                })
            .thenAccept(page -> faults.guard(WHERE, () -> session.page(asked, page)));
  }

  /** The journal's disk, or a bug: whatever it is, live lines must not wait for ever. */
  private void told(Throwable failure) {
    if (!(failure instanceof Problem)) {
      faults.survived(WHERE, failure);
    }
  }
}
