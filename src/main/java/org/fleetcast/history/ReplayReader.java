package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.archive.Lookup;
import org.fleetcast.live.EventId;
import org.fleetcast.live.Gap;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.LogLevel;
import org.fleetcast.live.Piece;
import org.fleetcast.live.Replay;
import org.fleetcast.live.Tail;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.Setting;
import org.fleetcast.sink.JournalLine;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines after an event, in pages, in one order over all that a viewer follows. Of each
 * device or fleet only the newest are read, up to a limit; a gap stands for those before.
 */
@Singleton
class ReplayReader {
  private static final Logger LOG = System.getLogger(ReplayReader.class.getName());
  private static final int PAGE = 1_000;

  private final JoinedLines stored;
  private final ScopeEntities entities;
  private final LineCounts counts;
  private final int mostLines;

  @Inject
  public ReplayReader(
      JoinedLines stored,
      ScopeEntities entities,
      LineCounts counts,
      @ConfigProperty(name = "sse.replay.max.lines") String mostLines) {
    this.stored = stored;
    this.entities = entities;
    this.counts = counts;
    this.mostLines = (int) Setting.positive("SSE_REPLAY_MAX_LINES", mostLines, Integer.MAX_VALUE);
  }

  /** One part of a replay, with the entities whose lines these are. */
  private record Source(Replay.Part part, Entities whose) {
    boolean wants(JournalLine line) {
      if (!whose.contains(line.entityId()) || line.at() <= part.after().from()) {
        return false;
      }
      LineFilter.Text text = part.filters().isEmpty() ? null : line.text();
      return text == null || part.filters().stream().anyMatch(filter -> filter.passes(text));
    }

    /** What a search may go by: it takes one filter. */
    LineFilter filter() {
      return part.filters().size() == 1 ? part.filters().iterator().next() : LineFilter.NONE;
    }
  }

  /** The next page; without Elasticsearch, what the journal has and a gap for the rest. */
  Replay.Page page(Replay asked, Lookup reading) {
    List<Source> sources = new ArrayList<>();
    List<Piece> pieces = new ArrayList<>();
    for (Replay.Part part : asked.parts()) {
      Source source = new Source(part, entities.of(part.scope()));
      sources.add(asked.isBegun() ? source : limited(source, asked, pieces, reading));
    }
    Entities all = Entities.all(sources.stream().map(Source::whose).toList());
    HistoryRange range = new HistoryRange(asked.after().from() + 1, asked.until(), false, null);
    Set<String> missed = missed(asked.after(), all, reading);
    LineFilter filter = sources.size() == 1 ? sources.get(0).filter() : LineFilter.NONE;
    JoinedLines.Read read =
        stored.read(
            new JoinedLines.Wanted(
                all,
                range,
                filter,
                line ->
                    (line.at() > asked.after().to() || missed.contains(line.entityId()))
                        && sources.stream().anyMatch(source -> source.wants(line)),
                PAGE),
            reading);
    Long unknown = read.unknown();
    if (unknown != null) {
      sources.forEach(source -> gap(source.part, asked, unknown).ifPresent(pieces::add));
    }
    pieces.addAll(Tail.events(read.lines()));
    long reached = read.reached() == null ? asked.until() : read.reached();
    return new Replay.Page(pieces, sources.stream().map(Source::part).toList(), reached);
  }

  /** The whole rest as a gap, since it could not be read. */
  static Replay.Page missing(Replay asked) {
    List<Piece> gaps = new ArrayList<>();
    asked.parts().forEach(part -> gap(part, asked, asked.until()).ifPresent(gaps::add));
    return new Replay.Page(gaps, asked.parts(), asked.until());
  }

  /** Lines that could not be read, of what no page has given yet. */
  private static Optional<Gap> gap(Replay.Part part, Replay asked, long to) {
    long from = Math.max(part.after().to(), asked.after().to()) + 1;
    return from > to
        ? Optional.empty()
        : Optional.of(new Gap(part.scope(), 0, from, to, EventId.upTo(to)));
  }

  /** Whose lines of a message were not received when others of it were: some come after those. */
  private Set<String> missed(EventId after, Entities all, Lookup reading) {
    Set<String> missed = new HashSet<>();
    for (Long from = after.at() + 1; from != null && from <= after.to(); ) {
      JoinedLines.Read read =
          stored.read(
              new JoinedLines.Wanted(
                  all,
                  new HistoryRange(from, after.to(), false, null),
                  LineFilter.NONE,
                  line -> true,
                  Integer.MAX_VALUE - 1),
              reading);
      read.lines().forEach(line -> missed.add(String.valueOf(line.entityId())));
      from = read.reached() == null ? null : Long.valueOf(read.reached() + 1); // a large one
    }
    return missed;
  }

  /** Beginning so late that not more lines follow than the limit, with a gap for those before. */
  private Source limited(Source source, Replay asked, List<Piece> pieces, Lookup reading) {
    Long first = newest(source, asked.until(), reading);
    if (first == null) {
      return source;
    }
    long to = first - 1;
    HistoryRange before = new HistoryRange(source.part.after().to() + 1, to, false, null);
    long count = count(source, before, reading);
    // It stands where the replay begins: lines of others from before its end come after it.
    pieces.add(
        new Gap(source.part.scope(), count, source.part.after().to() + 1, to, asked.after()));
    Replay.Part part =
        new Replay.Part(source.part.scope(), source.part.filters(), EventId.upTo(to));
    return new Source(part, source.whose);
  }

  /** The time of the oldest line within the limit; null when all are. */
  private @Nullable Long newest(Source source, long until, Lookup reading) {
    long to = until;
    long first = until + 1;
    int left = mostLines;
    while (true) {
      JoinedLines.Read read =
          stored.read(
              new JoinedLines.Wanted(
                  source.whose,
                  new HistoryRange(source.part.after().from() + 1, to, true, null),
                  source.filter(),
                  source::wants,
                  Math.min(PAGE, left + 1)),
              reading);
      int found = read.lines().size();
      if (found > left) {
        return left == 0 ? first : read.lines().get(found - left).at();
      }
      Long reached = read.reached();
      if (reached == null || read.unknown() != null) {
        return null;
      }
      left -= found;
      first = found == 0 ? first : read.lines().get(0).at();
      to = reached - 1;
    }
  }

  private long count(Source source, HistoryRange range, Lookup reading) {
    try {
      LineQuery lines = new LineQuery(source.filter(), false);
      if (lines.isRead()) {
        return 0; // they are too many to be read only to be counted
      }
      Histogram found =
          counts.count(new LineCounts.Question(source.whose, lines, range, 1), reading);
      long all = 0;
      for (int part = 0; part < found.parts(); part++) {
        for (LogLevel level : LogLevel.values()) {
          all += found.lines(part, level);
        }
      }
      return all;
    } catch (Problem unknown) {
      LOG.log(Level.DEBUG, "The lines of a gap cannot be counted right now", unknown);
      return 0;
    }
  }
}
