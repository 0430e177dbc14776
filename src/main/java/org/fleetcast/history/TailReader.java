package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.fleetcast.archive.Lookup;
import org.fleetcast.live.Subscription;
import org.fleetcast.live.Tail;
import org.fleetcast.sink.JournalLine;

/** Reads the last stored lines of what is followed, for live lines to follow. */
@Singleton
class TailReader {
  private final JoinedLines stored;
  private final ScopeEntities entities;

  @Inject
  public TailReader(JoinedLines stored, ScopeEntities entities) {
    this.stored = stored;
    this.entities = entities;
  }

  /**
   * The last lines that pass the filter, up to a time in microseconds since 1970. Without
   * Elasticsearch they are those that the journal certainly has, and the rest is missing.
   */
  Tail read(Subscription wanted, long until, Lookup reading) {
    JoinedLines.Read read =
        stored.read(
            new JoinedLines.Wanted(
                entities.of(wanted.scope()),
                new HistoryRange(HistoryRange.EVER, until, true, null),
                wanted.filter(),
                line -> true,
                wanted.tail()),
            reading);
    List<JournalLine> newest = newest(read.lines(), wanted.tail());
    boolean enough = newest.size() == wanted.tail();
    boolean whole =
        enough
            || (read.unknown() == null
                && read.reached() == null
                && newest.size() == read.lines().size());
    int missing = whole ? 0 : wanted.tail() - newest.size();
    return new Tail(wanted.scope(), Tail.events(newest), until, missing);
  }

  private static List<JournalLine> newest(List<JournalLine> ascending, int count) {
    List<JournalLine> newest = new ArrayList<>();
    long bytes = 0;
    for (int i = ascending.size() - 1; i >= 0 && newest.size() < count; i--) {
      bytes += ascending.get(i).size();
      if (bytes > Tail.MAX_BYTES) {
        break;
      }
      newest.add(0, ascending.get(i));
    }
    return newest;
  }
}
