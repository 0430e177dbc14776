package org.fleetcast.live;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a session gets of one entity: the lines that the filter of any of its devices lets pass,
 * each once. Not safe for threads: the session's lock guards it.
 *
 * <p>A tail is joined to the live lines without hole or double like this: from the moment it is
 * asked for, live lines wait in a {@link PendingTail}; then the lines up to a time are read at
 * which every earlier one had been published and no later one. So all later ones are held, with
 * some of the earlier ones; of what was read only that is shown which is before the first line
 * held.
 */
final class TopicSubscription {
  private final Session session;
  private final Map<Integer, LineFilter> filterByDevice = new HashMap<>(2);
  private @Nullable Set<LineFilter> filters;
  private @Nullable PendingTail hold;

  /** From this time on every line that passes the filters was sent; null when none was. */
  private @Nullable String sentFrom;

  /** How many lines before that time a gap told of: a second tail does not tell them again. */
  private int toldMissing;

  private boolean over;

  TopicSubscription(Session session) {
    this.session = session;
  }

  /** Puts lines into the session's mailbox, if it still wants them. Never waits. */
  void publish(Publication lines) {
    session.publish(this, lines);
  }

  /** Leaves a gap in the place of lines that could not be published. */
  void miss(Publication lines) {
    session.miss(this, lines);
  }

  /** Follows it for that device too, or from now on through another filter. */
  void put(int deviceId, LineFilter filter) {
    filterByDevice.put(deviceId, filter);
    choose();
  }

  /** Follows it for that device no more; says whether any is left. It is over with the last. */
  boolean remove(int deviceId) {
    filterByDevice.remove(deviceId);
    choose();
    over = filterByDevice.isEmpty();
    if (over && hold != null) {
      hold.clear();
    }
    return !over;
  }

  private void choose() {
    Set<LineFilter> chosen =
        filterByDevice.containsValue(LineFilter.NONE) ? null : Set.copyOf(filterByDevice.values());
    if (!Objects.equals(chosen, filters)) {
      filters = chosen;
      forgetSent(); // other lines than these were sent until now
    }
  }

  @Nullable LineFilter filterOf(int deviceId) {
    return filterByDevice.get(deviceId);
  }

  /** Takes what of it passes; says whether something came into the mailbox. */
  boolean offer(Publication lines, Mailbox mailbox) {
    if (over) {
      return false; // the publisher found it before it was over
    }
    Publication passing = filters == null ? lines : lines.only(filters).orElse(null);
    if (passing == null) {
      return false;
    }
    if (hold != null) {
      hold.add(passing.event(), passing.from());
      return false;
    }
    if (sentFrom == null) {
      sentFrom = passing.from();
    }
    mailbox.put(passing.event());
    return true;
  }

  /** Tells of lines that {@link #offer} failed to take; some may not have been wanted. */
  void miss(StreamEvent.Lines lines, Mailbox mailbox) {
    if (over) {
      return;
    }
    if (hold == null) {
      mailbox.lose(lines);
    } else {
      hold.miss(lines);
    }
  }

  /** Tells of what came while nobody looked, in place of it. */
  void giveUp(List<Backlog.Missed> missed, Mailbox mailbox) {
    for (LostLines.Loss lost : LostLines.of(missed)) {
      mailbox.lose(lost.lines());
      sentFrom = sentFrom == null ? lost.lines().from() : sentFrom;
    }
  }

  /** What it takes of all that waits for viewers, beside the mailbox. */
  long share() {
    return hold == null ? 0 : hold.share();
  }

  /** As {@link Mailbox#trim}, for what waits for a tail. */
  long trim(long wanted) {
    return hold == null ? 0 : hold.trim(wanted);
  }

  /** Whether every line goes into the mailbox at once, so that they can be kept for many. */
  boolean takesAll() {
    return filters == null && hold == null;
  }

  /** Takes what came while nobody looked: what {@link #offer} would have taken then. */
  void catchUp(List<Backlog.Missed> missed, Mailbox mailbox) {
    for (Backlog.Missed one : missed) {
      StreamEvent event = one.event();
      if (event == null) {
        mailbox.lose(one.lines());
      } else {
        mailbox.put(event);
      }
      sentFrom = sentFrom == null ? one.lines().from() : sentFrom;
    }
  }

  /**
   * Lets live lines wait from now on; empty when they do already, and this tail comes after the one
   * that they wait for.
   */
  Optional<PendingTail> hold(Subscription wanted) {
    if (hold != null) {
      hold.then(wanted);
      return Optional.empty();
    }
    hold = new PendingTail(wanted, session.memory());
    return Optional.of(hold);
  }

  /**
   * Puts the tail and what was held into the mailbox, and lets live lines through again, unless
   * there is another tail to wait for, which it gives.
   */
  Optional<PendingTail> release(PendingTail over, Tail tail, Mailbox mailbox) {
    if (hold != over) {
      return Optional.empty(); // of a subscription that ended meanwhile
    }
    Subscription wanted = over.wanted();
    if (wanted.filter().equals(filterByDevice.get(wanted.deviceId()))) {
      show(tail, sentFrom == null ? over.from() : sentFrom, mailbox);
    }
    sentFrom = sentFrom == null ? over.from() : sentFrom;
    over.moveTo(mailbox);
    hold = over.next().orElse(null);
    return Optional.ofNullable(hold);
  }

  private void show(Tail tail, @Nullable String next, Mailbox mailbox) {
    int untold = tail.missing() - toldMissing;
    if (untold > 0) {
      mailbox.lose(tail.gap(next, untold));
      toldMissing = tail.missing();
    }
    String first = next;
    for (Publication part : tail.parts()) {
      Publication rest = next == null ? part : part.before(next).orElse(null);
      if (rest != null) {
        mailbox.put(rest.event());
        first = first == null || rest.from().compareTo(first) < 0 ? rest.from() : first;
      }
    }
    sentFrom = first;
  }

  /** Somebody looks who has seen nothing of what was sent. */
  void forgetSent() {
    sentFrom = null;
    toldMissing = 0;
  }
}
