package org.fleetcast.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Who follows one entity: those who get every event into their mailbox, and those who wait for
 * their viewer, for whom it is kept once. Events go out one at a time, and the next only when all
 * of the last list have got theirs, so all see them in one order; whoever is on the list gets it,
 * also if he leaves meanwhile, and whoever is not finds it in the backlog.
 */
final class Topic {
  private final ViewerMemory memory;
  private final Object turn = new Object();

  @GuardedBy("this")
  private final Set<TopicSubscription> present = new HashSet<>();

  @GuardedBy("this")
  private @Nullable List<TopicSubscription> list;

  @GuardedBy("this")
  private int away;

  @GuardedBy("this")
  private @Nullable Backlog backlog; // while anybody is away

  Topic(ViewerMemory memory) {
    this.memory = memory;
  }

  /**
   * Gives lines to all. A publisher waits for the one before, and for nobody else: the lock is not
   * the one under which sessions come and go, whose own locks are taken by the delivery.
   */
  void publish(Publication lines, BiConsumer<TopicSubscription, Publication> deliver) {
    synchronized (turn) {
      list(lines).forEach(feed -> deliver.accept(feed, lines));
    }
  }

  /** Says who is to get these lines now. */
  private synchronized List<TopicSubscription> list(Publication lines) {
    if (backlog != null) {
      backlog.add(lines.event());
    }
    List<TopicSubscription> current = list == null ? List.copyOf(present) : list;
    list = current;
    return current;
  }

  synchronized void add(TopicSubscription feed) {
    present.add(feed);
    list = null;
  }

  /** Forgets a feed that is present; gives whether none is left. */
  synchronized boolean remove(TopicSubscription feed) {
    present.remove(feed);
    list = null;
    return present.isEmpty() && away == 0;
  }

  /** Gives the position from which on this feed, which is present, finds what it misses. */
  synchronized Backlog.Position leave(TopicSubscription feed) {
    present.remove(feed);
    list = null;
    away++;
    backlog = backlog == null ? new Backlog(memory) : backlog;
    return backlog.end();
  }

  /** Gives what came since it left to a feed that is present from now on. */
  synchronized List<Backlog.Missed> comeBack(TopicSubscription feed, Backlog.Position left) {
    List<Backlog.Missed> missed = Backlog.since(left);
    add(feed);
    away--;
    if (backlog != null) {
      backlog.leave(left);
      if (away == 0) {
        backlog.clear();
        backlog = null;
      }
    }
    return missed;
  }

  /** What one of those who wait for their viewer takes of what is kept for them. */
  synchronized long share(Backlog.Position left) {
    return Backlog.bytesSince(left) / Math.max(1, away);
  }

  /** As {@link #leave}, without keeping anything that came before. */
  synchronized Backlog.Position leaveAnew(TopicSubscription feed) {
    if (backlog != null) {
      backlog.split();
    }
    return leave(feed);
  }
}
