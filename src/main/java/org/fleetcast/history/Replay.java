package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.fleetcast.archive.BulkOutcome;
import org.fleetcast.archive.DeadLetter;
import org.fleetcast.archive.Doubles;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.archive.StoredDocument;
import org.fleetcast.archive.StoredDocument.Form;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.ReceivedLine;
import org.jspecify.annotations.Nullable;

/** Puts dead letters back where they belong: among the log lines, under their own id and time. */
@Singleton
class Replay {
  private static final int BATCH = 100;

  private final DeadLetters deadLetters;
  private final SearchIndex index;
  private final Doubles doubles;
  private final ReceivedLine.Reader reader;

  @Inject
  public Replay(DeadLetters deadLetters, SearchIndex index, ReceivedLine.Reader reader) {
    this.deadLetters = deadLetters;
    this.index = index;
    this.doubles = new Doubles(index);
    this.reader = reader;
  }

  /**
   * What became of the dead letters of a range.
   *
   * @param replayed those that are log lines now, or would be
   * @param refused those that stay dead letters
   */
  public record Counts(int found, int replayed, int refused) {
    private Counts plus(int more, int stored) {
      return new Counts(found + more, replayed + stored, refused + more - stored);
    }
  }

  /**
   * Replays a range, batch by batch; what was done before a failure stays done.
   *
   * @param entityId whose; null for all
   * @param dryRun only counts, by whether a line can be read
   * @throws Problem 503 when Elasticsearch is not there, 502 when it answers an error
   */
  Counts run(@Nullable String entityId, HistoryRange range, boolean dryRun, Lookup reading) {
    if (!index.configured()) {
      throw History.notConfigured();
    }
    try {
      Counts counts = new Counts(0, 0, 0);
      index.refresh(List.of(index.names().all(JournalLine.Kind.DEAD_LETTER)));
      HistoryRange left = range;
      List<DeadLetter> batch = deadLetters.search(entityId, left, BATCH, reading);
      while (!batch.isEmpty()) {
        counts = counts.plus(batch.size(), dryRun ? readable(batch).size() : replay(batch));
        DeadLetter last = batch.get(batch.size() - 1);
        left =
            new HistoryRange(
                range.from(), range.to(), false, new HistoryRange.Place(last.at(), last.id()));
        batch = deadLetters.search(entityId, left, BATCH, reading);
      }
      return counts;
    } catch (SearchIndex.Refused refused) {
      throw History.problem(refused);
    }
  }

  private Map<DeadLetter, JournalLine> readable(List<DeadLetter> batch) {
    Map<DeadLetter, JournalLine> lines = new LinkedHashMap<>();
    for (DeadLetter letter : batch) {
      Optional<JournalLine> line = letter.line(reader);
      line.ifPresent(entry -> lines.put(letter, entry));
    }
    return lines;
  }

  /** Stores them as log lines, and only then takes them out of the dead letters. */
  private int replay(List<DeadLetter> batch) throws SearchIndex.Refused {
    Map<DeadLetter, JournalLine> lines = readable(batch);
    List<DeadLetter> stored = new ArrayList<>();
    Form form = Form.WHOLE;
    while (form != null && !lines.isEmpty()) {
      List<DeadLetter> done = write(lines, form);
      stored.addAll(done);
      done.forEach(lines::remove);
      form = form.safer();
    }
    if (!stored.isEmpty()) {
      if (index.names().stream().isPresent()) { // it may be its second replay
        refresh(stored);
        doubles.remove(stored.stream().map(DeadLetter::id).toList());
      }
      for (BulkOutcome removed : index.removeLetters(stored)) {
        if (!removed.stored() && removed.status() != 404) {
          throw new SearchIndex.Refused(
              removed.status(),
              removed.errorType(),
              removed.reason(),
              new IllegalStateException("A dead letter that was stored could not be removed"));
        }
      }
      refresh(stored);
      deadLetters.forget(stored);
    }
    return stored.size();
  }

  /** Those that are stored in that form, now or by an earlier try. */
  private List<DeadLetter> write(Map<DeadLetter, JournalLine> lines, Form form)
      throws SearchIndex.Refused {
    List<DeadLetter> letters = List.copyOf(lines.keySet());
    List<BulkOutcome> outcomes =
        index.writeInParts(
            lines.values().stream()
                .map(entry -> StoredDocument.of(entry, form, index.names()))
                .toList());
    List<DeadLetter> stored = new ArrayList<>();
    for (int i = 0; i < letters.size(); i++) {
      if (outcomes.get(i).stored()) {
        stored.add(letters.get(i));
      } else if (!outcomes.get(i).aboutDocument() && !outcomes.get(i).doubtful()) {
        lines.remove(letters.get(i)); // the cluster, which another form does not mend
      }
    }
    return stored;
  }

  private void refresh(List<DeadLetter> letters) throws SearchIndex.Refused {
    Set<String> changed = new HashSet<>();
    for (DeadLetter letter : letters) {
      changed.add(letter.index());
      changed.add(index.names().of(JournalLine.Kind.LINE, letter.at()));
    }
    index.refresh(changed);
  }
}
