package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.Tail;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Stored lines, whole, for live lines to follow: the journal joined with Elasticsearch, by id. Live
 * lines wait for it, so Elasticsearch is asked only for what the journal does not have, and not for
 * long.
 */
@Singleton
class JoinedLines {
  static final Comparator<JournalLine> ORDER =
      Comparator.comparingLong(JournalLine::at).thenComparing(JournalLine::id);

  private static final Duration TAIL_PATIENCE = Duration.ofSeconds(3);

  /** Who resumes has to wait anyway, and after a restart all do so at once. */
  private static final Duration REPLAY_PATIENCE = Duration.ofSeconds(6);

  /** For how long Elasticsearch is not asked after it gave no answer. */
  private static final Duration REST = Duration.ofSeconds(5);

  private static final int PAGE = 100;

  private final JournalKeeper keeper;
  private final SearchIndex index;
  private final StoredLines stored;
  private volatile Instant silentUntil = Instant.EPOCH;

  @Inject
  public JoinedLines(JournalKeeper keeper, SearchIndex index) {
    this.keeper = keeper;
    this.index = index;
    this.stored = new StoredLines(index);
  }

  /**
   * What is wanted.
   *
   * @param filter what a search may go by
   * @param passes what a line has to satisfy beside
   * @param count how many lines are enough, nearest to the beginning of the range (or end)
   */
  record Wanted(
      Entities whose,
      HistoryRange range,
      LineFilter filter,
      Predicate<JournalLine> passes,
      int count) {
    boolean isEnough(List<JournalLine> lines) {
      return lines.size() >= count
          || lines.stream().mapToLong(JournalLine::size).sum() >= Tail.MAX_BYTES;
    }

    private boolean fits(JournalLine line) {
      return whose.contains(line.entityId()) && filter.passes(line.text()) && passes.test(line);
    }
  }

  /**
   * What was found.
   *
   * @param lines ascending
   * @param reached up to this time all are there (from it on, when backward); null for all of the
   *     range
   * @param unknown lines up to this time may be missing, since Elasticsearch did not answer; null
   *     when none are
   */
  record Read(List<JournalLine> lines, @Nullable Long reached, @Nullable Long unknown) {}

  Read read(Wanted wanted, Lookup reading) {
    // The journal first: a line that leaves it meanwhile can be found by the search that follows.
    HistoryRange range = wanted.range();
    List<JournalLine> held = new ArrayList<>();
    Long reached = journal(wanted, held, reading);
    long complete = keeper.completeSince();
    List<JournalLine> sure = held.stream().filter(line -> line.at() >= complete).toList();
    boolean certain = range.backward() ? wanted.isEnough(sure) : range.first() >= complete;
    if (certain) {
      return read(sure, reached, null);
    }
    Long unknown = Math.min(range.last(), complete - 1);
    if (SteadyClock.now().isBefore(silentUntil)) {
      return read(sure, reached, unknown);
    }
    try {
      StoredLines.Found<JournalLine> found =
          stored.lines(
              wanted.whose(),
              range,
              wanted.filter(),
              wanted.count(),
              range.backward() ? TAIL_PATIENCE : REPLAY_PATIENCE,
              reading,
              wanted::isEnough);
      Map<String, JournalLine> lines = new HashMap<>();
      held.forEach(line -> lines.put(line.id(), line));
      found.lines().stream()
          .filter(wanted.passes())
          .forEach(line -> lines.putIfAbsent(line.id(), line));
      Long both = range.nearer(reached, found.reached());
      return read(
          lines.values().stream()
              .filter(line -> both == null || range.within(line.at(), both))
              .toList(),
          both,
          null);
    } catch (SearchIndex.Refused refused) {
      if (refused.status() == 0) {
        silentUntil = SteadyClock.now().plus(REST);
      }
      return read(sure, reached, unknown);
    }
  }

  private static Read read(
      List<JournalLine> lines, @Nullable Long reached, @Nullable Long unknown) {
    return new Read(lines.stream().sorted(ORDER).toList(), reached, unknown);
  }

  /** Reads as many as are enough; returns how far that was, null for all of the range. */
  private @Nullable Long journal(Wanted wanted, List<JournalLine> lines, Lookup reading) {
    boolean backward = wanted.range().backward();
    Predicate<JournalLine> fits =
        entry -> {
          reading.check();
          return entry.kind() == JournalLine.Kind.LINE && wanted.fits(entry);
        };
    long from = wanted.range().first();
    long to = wanted.range().last();
    while (from <= to) {
      List<JournalLine> page = keeper.journal().find(from, to, backward, PAGE, fits);
      lines.addAll(page);
      if (page.size() < PAGE) {
        return null;
      }
      long edge = page.get(PAGE - 1).at();
      if (wanted.isEnough(lines)) {
        return edge;
      }
      from = backward ? from : edge + 1;
      to = backward ? edge - 1 : to;
    }
    return null;
  }
}
