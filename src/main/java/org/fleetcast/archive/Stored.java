package org.fleetcast.archive;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.fleetcast.sink.Entry;
import org.fleetcast.sink.Journal;

/**
 * Lines that Elasticsearch has and the journal still holds, because no search may find them yet.
 */
final class Stored {
  /** As many may wait for a refresh; no more lines are read then. */
  private static final int MAX = 200_000;

  private static final Duration BETWEEN_REFRESHES = Duration.ofSeconds(5);

  private final Journal journal;
  private final SearchIndex index;
  private final Troubles troubles;
  private final List<Long> times = new ArrayList<>();
  private final Set<String> indices = new HashSet<>();
  private Instant triedAt = Instant.MIN;

  Stored(Journal journal, SearchIndex index, Troubles troubles) {
    this.journal = journal;
    this.index = index;
    this.troubles = troubles;
  }

  void add(Entry entry) {
    times.add(entry.at());
    indices.add(entry.index());
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
      troubles.end(Troubles.Kind.REFRESH);
    } catch (SearchIndex.Refused later) {
      troubles.begin(Troubles.Kind.REFRESH, "refresh: " + later.text());
      return;
    }
    journal.remove(times);
    clear();
  }
}
