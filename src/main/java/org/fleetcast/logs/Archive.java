package org.fleetcast.logs;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.fleetcast.logs.Retries.Retry;
import org.fleetcast.logs.Troubles.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Brings the journal's lines into Elasticsearch, each once, for as long as it takes.
 *
 * <p>Every item of an answer is read: what is stored is removed from the journal once a refresh
 * made it searchable, what can never be stored becomes a dead letter, and the rest is tried again
 * later without holding up the others. A request that fails as a whole is tried again as it is.
 * Whatever it loses sight of, it begins again with what the journal still holds, as after a crash;
 * a line that was stored already is found by its id. Runs on one thread, {@link #run}.
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

  private static final Duration AGAIN = Duration.ofSeconds(60);

  private final Journal journal;
  private final SearchIndex index;
  private final LogMetrics metrics;
  private final Troubles troubles = new Troubles();
  private final Retries lines = new Retries(MAX_RETRIES, MAX_RETRY_BYTES);
  private final Retries deadLetters = new Retries(MAX_RETRIES, MAX_RETRY_BYTES);
  private final Stored stored;
  private int failures;
  private Instant begunAt = Instant.EPOCH;
  private volatile Duration delay = Duration.ZERO;
  private volatile boolean stopped;

  Archive(Journal journal, SearchIndex index, LogMetrics metrics) {
    this.journal = journal;
    this.index = index;
    this.metrics = metrics;
    this.stored = new Stored(journal, index, troubles);
  }

  @Override
  public void run() {
    try {
      installTemplates();
      while (!stopped) {
        runUntilFailure();
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
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
    } catch (RuntimeException failure) {
      // The disk refused, or a bug: not a reason to end for ever what nobody would begin again.
      if (!stopped) {
        troubles.begin(Kind.ARCHIVE, failure);
        pause(Retries.backoff(++failures));
      }
    }
  }

  /** Forgets what is under way, and reads the journal from its beginning. */
  private void begin() {
    begunAt = Instant.now();
    lines.clear();
    deadLetters.clear();
    stored.clear();
    journal.rewind();
  }

  private void step() throws InterruptedException {
    boolean let = lines.overflowed() || deadLetters.overflowed();
    if (let && Instant.now().isAfter(begunAt.plus(AGAIN))) {
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
    stored.trim(Instant.now());
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

  private void installTemplates() throws InterruptedException {
    boolean installed = false;
    while (!installed && !stopped) {
      try {
        index.installTemplates();
        installed = true;
        recovered();
      } catch (SearchIndex.Refused refused) {
        failed(refused.type());
      }
    }
  }

  /** At most a quarter each of lines and dead letters that were refused, so that new ones go on. */
  private List<Retry> nextBatch(boolean room) {
    Instant now = Instant.now();
    List<Retry> batch = new ArrayList<>(lines.due(now, MAX_LINES / 4));
    batch.addAll(deadLetters.due(now, MAX_LINES / 4));
    if (room) {
      for (Entry entry : journal.next(MAX_LINES - batch.size(), MAX_BYTES)) {
        batch.add(new Retry(entry, 0, now));
      }
    }
    return batch;
  }

  private void sendUntilAnswered(List<Retry> batch) throws InterruptedException {
    while (!stopped) {
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
          later(batch.get(0), refused.type()); // what is too large for them holds up nobody
          return;
        }
        failed(refused.type());
      }
    }
  }

  /** Writes a batch and reads every outcome; false when Elasticsearch seems to take nothing. */
  private boolean send(List<Retry> batch) throws SearchIndex.Refused, InterruptedException {
    Instant start = Instant.now();
    List<Outcome> outcomes = index.write(batch.stream().map(Retry::entry).toList());
    int ok = 0;
    for (int i = 0; i < batch.size(); i++) {
      if (outcomes.get(i).stored()) {
        stored(batch.get(i).entry(), outcomes.get(i));
        ok++;
      } else {
        refused(batch.get(i), outcomes.get(i));
      }
    }
    metrics.written(ok, Duration.between(start, Instant.now()));
    if (ok == 0 && overloaded(batch, outcomes)) {
      failed(outcomes.get(0).errorType());
      return false;
    }
    return ok > 0;
  }

  /** New lines, and all of them refused for now: the next ones would be too. */
  private static boolean overloaded(List<Retry> batch, List<Outcome> outcomes) {
    boolean fresh = false;
    for (int i = 0; i < batch.size(); i++) {
      if (batch.get(i).tries() == 0 && batch.get(i).entry().kind() == Entry.Kind.LINE) {
        fresh = true;
        if (!outcomes.get(i).busy()) {
          return false;
        }
      }
    }
    return fresh;
  }

  private void stored(Entry entry, Outcome outcome) {
    stored.add(entry);
    if (entry.kind() == Entry.Kind.DEAD_LETTER && outcome.created()) {
      metrics.deadLetter();
    }
  }

  private void refused(Retry sent, Outcome outcome) {
    metrics.refused(1, outcome.errorType());
    if (outcome.hopeless() && sent.entry().kind() == Entry.Kind.LINE) {
      String reason = outcome.errorType() + ": " + outcome.reason();
      deadLetters.add(sent.entry().refused(reason), Instant.now());
    } else {
      later(sent, outcome.errorType());
    }
  }

  private void later(Retry sent, String error) {
    troubles.begin(Kind.LINES, error);
    (sent.entry().kind() == Entry.Kind.LINE ? lines : deadLetters).add(sent, Instant.now());
  }

  private void failed(String type) throws InterruptedException {
    troubles.begin(Kind.WRITE, type);
    delay = Retries.backoff(++failures);
    pause(delay);
  }

  private void pause(Duration atMost) throws InterruptedException {
    Instant due = Instant.now().plus(atMost);
    while (!stopped && Instant.now().isBefore(due)) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private void recovered() {
    failures = 0;
    delay = Duration.ZERO;
    troubles.end(Kind.WRITE);
  }
}
