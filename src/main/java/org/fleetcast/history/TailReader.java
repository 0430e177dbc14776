package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.live.Subscription;
import org.fleetcast.live.Tail;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LogTime;
import org.fleetcast.time.SteadyClock;

/**
 * Reads the last stored lines of a device, whole, for live lines to follow. Live lines wait for it,
 * so it asks Elasticsearch only for what the journal does not have, and not for long.
 */
@Singleton
class TailReader {
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** For how long Elasticsearch is not asked after it gave no answer. */
  private static final Duration REST = Duration.ofSeconds(5);

  private static final int PAGE = 100;
  private static final Comparator<JournalLine> ORDER =
      Comparator.comparingLong(JournalLine::at).thenComparing(JournalLine::id);

  private final JournalKeeper keeper;
  private final StoredLines stored;
  private volatile Instant silentUntil = Instant.EPOCH;

  @Inject
  public TailReader(JournalKeeper keeper, SearchIndex index) {
    this.keeper = keeper;
    this.stored = new StoredLines(index);
  }

  /**
   * The last lines that pass the filter, up to a time in microseconds since 1970. Without
   * Elasticsearch they are those that the journal certainly has, and the rest is missing.
   */
  Tail read(Subscription wanted, long until, Lookup reading) {
    // The journal first: a line that leaves it meanwhile can be found by the search that follows.
    List<JournalLine> held = journal(wanted, until, reading);
    long complete = keeper.journal().completeSince();
    List<JournalLine> sure = held.stream().filter(line -> line.at() >= complete).toList();
    if (enough(wanted, sure)) {
      return tail(wanted, sure, until, true);
    }
    if (SteadyClock.now().isBefore(silentUntil)) {
      return tail(wanted, sure, until, false);
    }
    try {
      Map<String, JournalLine> lines = new HashMap<>();
      held.forEach(line -> lines.put(line.id(), line));
      StoredLines.Found<JournalLine> found =
          stored.lines(
              Entities.one(wanted.entityId()),
              new HistoryRange(HistoryRange.EVER, until, true, null),
              wanted.filter(),
              wanted.tail(),
              PATIENCE,
              reading,
              some -> enough(wanted, some));
      found.lines().forEach(line -> lines.putIfAbsent(line.id(), line));
      Long reached = found.reached();
      List<JournalLine> certain =
          lines.values().stream().filter(line -> reached == null || line.at() >= reached).toList();
      return tail(wanted, certain, until, reached == null || enough(wanted, certain));
    } catch (SearchIndex.Refused refused) {
      if (refused.status() == 0) {
        silentUntil = SteadyClock.now().plus(REST);
      }
      return tail(wanted, sure, until, false);
    }
  }

  private List<JournalLine> journal(Subscription wanted, long until, Lookup reading) {
    Predicate<JournalLine> fits =
        entry -> {
          reading.check();
          return entry.kind() == JournalLine.Kind.LINE
              && Objects.equals(entry.entityId(), wanted.entityId())
              && wanted.filter().passes(entry.text());
        };
    List<JournalLine> lines = new ArrayList<>();
    long to = until;
    while (!enough(wanted, lines)) {
      List<JournalLine> page = keeper.journal().find(HistoryRange.EVER, to, true, PAGE, fits);
      lines.addAll(page);
      if (page.size() < PAGE) {
        return lines;
      }
      to = page.get(PAGE - 1).at() - 1;
    }
    return lines;
  }

  private static boolean enough(Subscription wanted, List<JournalLine> lines) {
    return lines.size() >= wanted.tail()
        || lines.stream().mapToLong(JournalLine::size).sum() >= Tail.MAX_BYTES;
  }

  /**
   * @param whole whether no line is missing between those, and none before unless there are enough
   */
  private static Tail tail(
      Subscription wanted, Collection<JournalLine> lines, long until, boolean whole) {
    List<JournalLine> newest = new ArrayList<>();
    long bytes = 0;
    boolean cut = false;
    for (JournalLine line : lines.stream().sorted(ORDER.reversed()).limit(wanted.tail()).toList()) {
      bytes += line.size();
      cut |= bytes > Tail.MAX_BYTES;
      if (!cut) {
        newest.add(line);
      }
    }
    List<JournalLine> ascending = newest.stream().sorted(ORDER).toList();
    int missing = whole && !cut ? 0 : wanted.tail() - newest.size();
    return Tail.of(wanted.entityId(), ascending, LogTime.text(until), missing);
  }
}
