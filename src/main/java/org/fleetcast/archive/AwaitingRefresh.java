package org.fleetcast.archive;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.fleetcast.sink.Journal;
import org.fleetcast.sink.JournalLine;

/**
 * Lines that Elasticsearch has and the journal still holds, because no search may find them yet.
 */
final class AwaitingRefresh {
  /** As many may wait for a refresh; no more lines are read then. */
  private static final int MAX = 200_000;

  private static final Duration BETWEEN_REFRESHES = Duration.ofSeconds(5);

  private final Journal journal;
  private final SearchIndex index;
  private final ArchiveHealth troubles;
  private final List<Long> times = new ArrayList<>();
  private final Set<String> indices = new HashSet<>();
  private Instant triedAt = Instant.MIN;

  AwaitingRefresh(Journal journal, SearchIndex index, ArchiveHealth troubles) {
    this.journal = journal;
    this.index = index;
    this.troubles = troubles;
  }

  void add(JournalLine entry) {
    times.add(entry.at());
    indices.add(index.names().of(entry));
  }

  boolean full() {
    return times.size() >= MAX;
  }

  void clear() {
    times.clear();
    indices.clear();
  }

  /** Makes them searchable and takes them out of the journal, if it is time to. */
  void trim(Instant now) {
    if (times.isEmpty() || Duration.between(triedAt, now).compareTo(BETWEEN_REFRESHES) < 0) {
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
    journal.remove(times);
    clear();
  }
}
