package org.fleetcast.archive;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.fleetcast.sink.Journal;
import org.fleetcast.sink.JournalLine;
import org.jspecify.annotations.Nullable;

/**
 * Lines that Elasticsearch has and the journal still holds: no search may find them yet, or it may
 * have them twice.
 *
 * <p>In a data stream an id is known within the newest index only. So a line that may have been
 * written by two requests is in doubt: it is looked up by its id in all indices when it is
 * searchable, and once more when no request can be on its way any longer. Until then it stays in
 * the journal, so that a restart puts it in doubt again.
 */
final class AwaitingRefresh {
  /** As many may wait for a refresh; no more lines are read then. */
  private static final int MAX = 200_000;

  private static final Duration BETWEEN_REFRESHES = Duration.ofSeconds(5);

  /** A request may still arrive for so long after its answer was given up. */
  private static final Duration ON_ITS_WAY = Duration.ofSeconds(60);

  private final Journal journal;
  private final SearchIndex index;
  private final Doubles doubles;
  private final ArchiveHealth troubles;
  private final List<Long> times = new ArrayList<>();
  private final Set<String> indices = new HashSet<>();

  /** Those of them that are in doubt, or not searchable yet. */
  private List<Doubtful> inDoubt = new ArrayList<>();

  private Instant triedAt = Instant.MIN;

  /**
   * A line that may be stored twice.
   *
   * @param since when a request for it was given up, at the latest
   * @param lookedUp whether it was since it is searchable
   */
  private record Doubtful(long at, String id, Instant since, boolean lookedUp) {
    boolean isLast(Instant now) {
      return !now.isBefore(since.plus(ON_ITS_WAY));
    }

    Doubtful known() {
      return new Doubtful(at, id, since, true);
    }
  }

  AwaitingRefresh(Journal journal, SearchIndex index, ArchiveHealth troubles) {
    this.journal = journal;
    this.index = index;
    this.doubles = new Doubles(index);
    this.troubles = troubles;
  }

  /**
   * Takes a line that is stored.
   *
   * @param doubt since when it may be stored twice; null when it is not
   */
  void add(JournalLine entry, @Nullable Instant doubt) {
    if (doubt == null) {
      times.add(entry.at());
    } else {
      inDoubt.add(new Doubtful(entry.at(), entry.id(), doubt, false));
    }
    indices.add(index.names().of(entry));
  }

  boolean full() {
    return times.size() + inDoubt.size() >= MAX;
  }

  void clear() {
    times.clear();
    inDoubt.clear();
    indices.clear();
  }

  /** Makes them searchable and takes them out of the journal, if it is time to. */
  void trim(Instant now) {
    boolean none = times.isEmpty() && inDoubt.isEmpty();
    if (none || Duration.between(triedAt, now).compareTo(BETWEEN_REFRESHES) < 0) {
      return;
    }
    triedAt = now;
    try {
      index.refresh(indices);
      troubles.end(ArchiveHealth.Kind.REFRESH);
    } catch (SearchIndex.Refused later) {
      troubles.begin(ArchiveHealth.Kind.REFRESH, "refresh: " + later.text());
      return;
    }
    lookUp(now);
    journal.remove(times);
    times.clear();
    if (inDoubt.isEmpty()) {
      indices.clear();
    }
  }

  /** What is in doubt no longer leaves with the others. */
  private void lookUp(Instant now) {
    List<Doubtful> due =
        inDoubt.stream().filter(line -> !line.lookedUp || line.isLast(now)).toList();
    if (due.isEmpty()) {
      return;
    }
    try {
      doubles.remove(due.stream().map(Doubtful::id).toList());
      troubles.end(ArchiveHealth.Kind.DOUBLES);
    } catch (SearchIndex.Refused later) {
      troubles.begin(ArchiveHealth.Kind.DOUBLES, later.text());
      return;
    }
    List<Doubtful> left = new ArrayList<>();
    for (Doubtful line : inDoubt) {
      if (line.isLast(now)) {
        times.add(line.at);
      } else {
        left.add(line.known());
      }
    }
    inDoubt = left;
  }
}
