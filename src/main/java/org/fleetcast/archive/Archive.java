package org.fleetcast.archive;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.fleetcast.archive.ArchiveHealth.Kind;
import org.fleetcast.archive.Retries.Retry;
import org.fleetcast.archive.StoredDocument.Form;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.sink.Journal;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LogMetrics;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Brings the journal's lines into Elasticsearch, each once, for as long as it takes.
 *
 * <p>Every item of an answer is read: what is stored is removed from the journal once a refresh
 * made it searchable, what is refused for itself is sent in safer forms and at last becomes a dead
 * letter, and the rest is tried again later without holding up the others. A request that fails as
 * a whole is tried again as it is. Whatever it loses sight of, it begins again with what the
 * journal still holds, as after a crash; a line that was stored already is found by its id. Runs on
 * one thread, {@link #run}.
 */
final class Archive implements Runnable {
  private static final int MAX_LINES = 5_000;
  private static final int MAX_BYTES = 5 << 20;
  private static final int MAX_RETRIES = 10_000;
  private static final long MAX_RETRY_BYTES = 16 << 20;

  /**
   * A line that comes when all others were sent waits that long for more: so a few lines a second
   * are few requests, and none of them is made while the line is on its way to its viewers.
   */
  private static final Duration LINGER = Duration.ofMillis(200);

  /** A line that is refused for its size so often becomes a dead letter. */
  private static final int TRIES_OF_TOO_LARGE = 3;

  private static final Duration WITHOUT_LIMIT = Duration.ofDays(1);
  private static final Duration AT_MOST_FOR_ONE_INDEX = Duration.ofSeconds(3);

  private static final Duration AGAIN = Duration.ofSeconds(60);

  /**
   * A line that was read longer ago than that may be stored from elsewhere too: it is less than the
   * lease of a replica, which may have been frozen and taken over since.
   */
  private static final Duration PROMPT = Duration.ofSeconds(4);

  private final Journal journal;
  private final SearchIndex index;
  private final IndexTemplates templates;
  private final LogMetrics metrics;
  private final Consumer<JournalLine> traced;
  private final InternalFaults faults;
  private final ArchiveHealth troubles = new ArchiveHealth();
  private final Retries lines = new Retries(MAX_RETRIES, MAX_RETRY_BYTES);
  private final Retries deadLetters = new Retries(MAX_RETRIES, MAX_RETRY_BYTES);
  private final AwaitingRefresh stored;
  private int failures;
  private Instant begunAt = SteadyClock.now();
  private volatile Duration delay = Duration.ZERO;
  private volatile boolean stopped;

  /**
   * @param traced is told of each line that Elasticsearch has
   */
  Archive(
      Journal journal,
      SearchIndex index,
      IndexTemplates templates,
      LogMetrics metrics,
      Consumer<JournalLine> traced,
      InternalFaults faults) {
    this.journal = journal;
    this.index = index;
    this.templates = templates;
    this.metrics = metrics;
    this.traced = traced;
    this.faults = faults;
    this.stored = new AwaitingRefresh(journal, index, troubles);
  }

  @Override
  public void run() {
    try {
      while (!stopped) {
        runUntilFailure();
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    } finally {
      if (!stopped) {
        faults.ended("The archive has ended, no more lines are stored in Elasticsearch");
      }
    }
  }

  /** Ends without failure only when it is stopped. */
  private void runUntilFailure() throws InterruptedException {
    try {
      begin();
      while (!stopped) {
        step();
        troubles.end(Kind.ARCHIVE);
      }
    } catch (InterruptedException stopping) {
      throw stopping;
    } catch (Throwable fault) {
      // The disk refused, or a bug: not a reason to end for ever what nobody would begin again.
      if (!stopped) {
        faults.survived("archive", fault);
        troubles.begin(Kind.ARCHIVE, fault.getClass().getSimpleName());
        pause(Retries.backoff(++failures));
      }
    }
  }

  /** Forgets what is under way, and reads the journal from its beginning. */
  private void begin() {
    begunAt = SteadyClock.now();
    lines.clear();
    deadLetters.clear();
    stored.clear();
    journal.rewind();
  }

  private void step() throws InterruptedException {
    if (!reached()) {
      return;
    }
    boolean let = lines.overflowed() || deadLetters.overflowed();
    boolean due = SteadyClock.now().isAfter(begunAt.plus(AGAIN));
    if (let && due && journal.unread() == 0) { // else the lines behind would never have their turn
      begin();
    }
    boolean room = !stored.full();
    List<Retry> batch = nextBatch(room);
    if (!batch.isEmpty()) {
      sendUntilAnswered(batch);
    } else if (room) {
      if (journal.awaitUnread(LINGER)) {
        pause(LINGER);
      }
    } else {
      pause(LINGER);
    }
    if (lines.isEmpty() && deadLetters.isEmpty()) {
      troubles.end(Kind.LINES);
    }
    stored.trim(SteadyClock.now());
  }

  /** The time until a refused request is tried again; zero while all is well. */
  Duration delay() {
    return delay;
  }

  /** What is wrong with Elasticsearch right now; null when nothing is. */
  @Nullable String trouble() {
    return troubles.text();
  }

  /** Ends the run after the request under way; the journal keeps the rest. */
  void stop() {
    stopped = true;
  }

  /** Before the first write of all, so that the first index has our mapping, if it can. */
  private boolean reached() throws InterruptedException {
    try {
      templates.keep(SteadyClock.now());
      if (troubles.end(Kind.AWAY)) {
        failures = 0;
        delay = Duration.ZERO;
      }
      return true;
    } catch (SearchIndex.Refused away) {
      failed(Kind.AWAY, away.text());
      return false;
    }
  }

  /** At most a quarter each of lines and dead letters that were refused, so that new ones go on. */
  private List<Retry> nextBatch(boolean room) {
    Instant now = SteadyClock.now();
    List<Retry> batch = new ArrayList<>(lines.due(now, MAX_LINES / 4));
    batch.addAll(deadLetters.due(now, MAX_LINES / 4));
    if (room) {
      for (JournalLine entry : journal.next(MAX_LINES - batch.size(), MAX_BYTES)) {
        batch.add(Retry.first(entry, now));
      }
    }
    return batch;
  }

  private void sendUntilAnswered(List<Retry> first) throws InterruptedException {
    List<Retry> batch = first;
    while (!stopped) {
      if (!reached()) {
        continue;
      }
      try {
        if (send(batch)) {
          recovered();
        }
        return;
      } catch (SearchIndex.Refused refused) {
        if (refused.status() == 413 && batch.size() > 1) {
          int half = batch.size() / 2;
          sendUntilAnswered(List.copyOf(batch.subList(0, half)));
          sendUntilAnswered(List.copyOf(batch.subList(half, batch.size())));
          return;
        }
        metrics.refused(batch.size(), refused.type());
        if (refused.status() == 413) {
          tooLarge(batch.get(0), refused);
          return;
        }
        templates.again(refused);
        failed(Kind.WRITE, refused.text());
        batch = batch.stream().map(Retry::again).toList();
      }
    }
  }

  /** What is too large for them, or for a proxy before them, holds up nobody. */
  private void tooLarge(Retry sent, SearchIndex.Refused refused) {
    boolean line = sent.entry().kind() == JournalLine.Kind.LINE;
    if (line && sent.tries() >= TRIES_OF_TOO_LARGE) {
      deadLetters.add(sent.dead(refused.text(), SteadyClock.now()));
    } else {
      later(sent, sent.form(), refused.text());
    }
  }

  /** Writes a batch and reads every outcome; false when Elasticsearch seems to take nothing. */
  private boolean send(List<Retry> batch) throws SearchIndex.Refused, InterruptedException {
    Instant start = SteadyClock.now();
    List<StoredDocument> documents =
        batch.stream().map(retry -> retry.document(index.names())).toList();
    templates.prepare(documents);
    SearchIndex.Written written = index.write(documents);
    List<BulkOutcome> outcomes = written.outcomes();
    int ok = 0;
    for (int i = 0; i < batch.size(); i++) {
      if (outcomes.get(i).stored()) {
        stored(batch.get(i), outcomes.get(i), written.once());
        ok++;
      } else {
        refused(batch.get(i), outcomes.get(i));
      }
    }
    metrics.written(ok, Duration.between(start, SteadyClock.now()));
    if (ok == 0 && overloaded(batch, outcomes)) {
      // What only the index of these lines refuses says little of the lines behind them.
      boolean busy = outcomes.stream().allMatch(BulkOutcome::busy);
      String error = outcomes.get(outcomes.size() - 1).text();
      failed(Kind.WRITE, error, busy ? WITHOUT_LIMIT : AT_MOST_FOR_ONE_INDEX);
      return false;
    }
    return ok > 0;
  }

  /** New lines, and none of them refused for itself: the next ones would be refused too. */
  private static boolean overloaded(List<Retry> batch, List<BulkOutcome> outcomes) {
    boolean fresh = false;
    for (int i = 0; i < batch.size(); i++) {
      if (batch.get(i).tries() == 0 && batch.get(i).entry().kind() == JournalLine.Kind.LINE) {
        fresh = true;
        if (outcomes.get(i).aboutDocument() || outcomes.get(i).dropped()) {
          return false;
        }
      }
    }
    return fresh;
  }

  private void stored(Retry sent, BulkOutcome outcome, boolean once) {
    JournalLine entry = sent.entry();
    stored.add(entry, doubt(sent, once && outcome.created()));
    traced.accept(entry);
    if (entry.kind() == JournalLine.Kind.DEAD_LETTER && outcome.created()) {
      metrics.deadLetter();
    }
  }

  /**
   * Since when it may be stored twice, by another request than the one that was answered. Null when
   * it is not, as in a daily index, which follows from its time.
   *
   * @param created whether one request was sent, which created it
   */
  private @Nullable Instant doubt(Retry sent, boolean created) {
    if (index.names().stream().isEmpty()) {
      return null;
    }
    Instant now = SteadyClock.now();
    boolean prompt = Duration.between(sent.read(), now).compareTo(PROMPT) < 0;
    boolean first = created && prompt && !sent.sent();
    return first ? journal.readAgainSince(sent.entry().at()) : now;
  }

  private void refused(Retry sent, BulkOutcome outcome) {
    metrics.refused(1, outcome.errorType());
    Instant now = SteadyClock.now();
    boolean line = sent.entry().kind() == JournalLine.Kind.LINE;
    if (line && outcome.aboutDocument()) {
      refusedForItself(sent, outcome, now);
    } else if (line && outcome.dropped()) {
      deadLetters.add(sent.dead(outcome.text(), now));
    } else if (line && outcome.doubtful() && sent.form() == Form.WHOLE) {
      lines.add(sent.as(Form.CORE, now));
    } else {
      later(sent, outcome.doubtful() ? Form.WHOLE : sent.form(), outcome.text());
    }
  }

  private void refusedForItself(Retry sent, BulkOutcome outcome, Instant now) {
    Form safer = sent.form().safer();
    if (safer == null) {
      String reason = outcome.errorType() + ": " + outcome.reason();
      deadLetters.add(sent.dead(reason, now));
    } else {
      lines.add(sent.as(safer, now));
    }
  }

  private void later(Retry sent, Form form, String error) {
    troubles.begin(Kind.LINES, error);
    boolean line = sent.entry().kind() == JournalLine.Kind.LINE;
    (line ? lines : deadLetters).add(sent.refused(form, SteadyClock.now()));
  }

  private void failed(Kind kind, String error) throws InterruptedException {
    failed(kind, error, WITHOUT_LIMIT);
  }

  private void failed(Kind kind, String error, Duration atMost) throws InterruptedException {
    troubles.begin(kind, error);
    Duration backoff = Retries.backoff(++failures);
    delay = backoff.compareTo(atMost) < 0 ? backoff : atMost;
    pause(delay);
  }

  private void pause(Duration atMost) throws InterruptedException {
    Instant due = SteadyClock.now().plus(atMost);
    while (!stopped && SteadyClock.now().isBefore(due)) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private void recovered() {
    failures = 0;
    delay = Duration.ZERO;
    troubles.end(Kind.WRITE);
  }
}
