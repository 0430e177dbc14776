package org.fleetcast.logs;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Brings the journal's lines into Elasticsearch, each once, for as long as it takes.
 *
 * <p>Every item of an answer is read: what is stored is removed from the journal once a refresh
 * made it searchable, what can never be stored becomes a dead letter, and the rest is tried again
 * later without holding up the others. A request that fails as a whole is tried again as it is.
 * After a crash the journal begins again with what it still holds; a line that was stored already
 * is found by its id. Runs on one thread, {@link #run}.
 */
final class Archive implements Runnable {
  private static final Logger LOG = System.getLogger(Archive.class.getName());
  private static final int MAX_LINES = 2_000;
  private static final int MAX_BYTES = 5 << 20;
  private static final int MAX_RETRIES_HELD = 10_000;
  private static final int MAX_DELAY_SECONDS = 60;
  private static final Duration LINGER = Duration.ofMillis(100);
  private static final Duration SEARCHABLE = Duration.ofSeconds(2);

  private final Journal journal;
  private final SearchIndex index;
  private final LogMetrics metrics;
  private final Deque<Retry> retries = new ArrayDeque<>();
  private final List<Entry> stored = new ArrayList<>();
  private boolean prepared;
  private int failures;
  private Instant trimmedAt = Instant.EPOCH;
  private volatile Duration delay = Duration.ZERO;
  private volatile @Nullable String trouble;
  private volatile boolean stopped;

  /** A line that was refused for now, and when it is tried again. */
  private record Retry(Entry entry, int tries, Instant due) {}

  Archive(Journal journal, SearchIndex index, LogMetrics metrics) {
    this.journal = journal;
    this.index = index;
    this.metrics = metrics;
  }

  @Override
  public void run() {
    try {
      while (!stopped) {
        List<Retry> batch = nextBatch();
        if (batch.isEmpty()) {
          trim();
          journal.awaitUnread(LINGER);
        } else {
          sendUntilAnswered(batch);
          trim();
        }
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /** The time until a refused request is tried again; zero while all is well. */
  Duration delay() {
    return delay;
  }

  /** What is wrong with Elasticsearch right now; null when nothing is. */
  @Nullable String trouble() {
    return trouble;
  }

  /** Ends the run after the request under way; the journal keeps the rest. */
  void stop() {
    stopped = true;
  }

  private List<Retry> nextBatch() {
    List<Retry> batch = new ArrayList<>();
    Instant now = Instant.now();
    for (Iterator<Retry> held = retries.iterator(); held.hasNext() && batch.size() < MAX_LINES; ) {
      Retry retry = held.next();
      if (!retry.due.isAfter(now)) {
        held.remove();
        batch.add(retry);
      }
    }
    if (retries.size() < MAX_RETRIES_HELD) {
      for (Entry entry : journal.next(MAX_LINES - batch.size(), MAX_BYTES)) {
        batch.add(new Retry(entry, 0, now));
      }
    }
    return batch;
  }

  private void sendUntilAnswered(List<Retry> batch) throws InterruptedException {
    while (!stopped) {
      try {
        if (!prepared) {
          index.installTemplates();
          prepared = true;
        }
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
          batch.forEach(this::later); // one line that is too large for them holds up nobody
          return;
        }
        failed(refused.type());
      }
    }
  }

  /** Writes a batch and reads every outcome; false when Elasticsearch seems to take nothing. */
  private boolean send(List<Retry> batch) throws SearchIndex.Refused, InterruptedException {
    Instant start = Instant.now();
    List<SearchIndex.Outcome> outcomes = index.write(batch.stream().map(Retry::entry).toList());
    int ok = 0;
    for (int i = 0; i < batch.size(); i++) {
      SearchIndex.Outcome outcome = outcomes.get(i);
      Retry sent = batch.get(i);
      if (outcome.stored()) {
        stored.add(sent.entry);
        ok++;
      } else {
        refused(sent, outcome);
      }
    }
    metrics.written(ok, Duration.between(start, Instant.now()));
    boolean fresh = batch.stream().anyMatch(retry -> retry.tries == 0);
    if (ok == 0 && fresh && outcomes.stream().noneMatch(SearchIndex.Outcome::hopeless)) {
      failed(outcomes.get(0).errorType()); // all refused alike: do not send them all at once
      return false;
    }
    return ok > 0;
  }

  private void refused(Retry sent, SearchIndex.Outcome outcome) {
    metrics.refused(1, outcome.errorType());
    if (outcome.hopeless() && sent.entry.kind() == Entry.Kind.LINE) {
      Entry deadLetter = sent.entry.refused(outcome.errorType() + ": " + outcome.reason());
      retries.add(new Retry(deadLetter, 0, Instant.now()));
    } else {
      later(sent);
    }
  }

  private void later(Retry sent) {
    int tries = sent.tries + 1;
    retries.add(new Retry(sent.entry, tries, Instant.now().plus(backoff(tries))));
  }

  private void failed(String type) throws InterruptedException {
    failures++;
    if (failures == 1) {
      LOG.log(Level.WARNING, "Elasticsearch does not take lines, they wait error=" + type);
    }
    trouble = type;
    delay = backoff(failures);
    Instant due = Instant.now().plus(delay);
    while (!stopped && Instant.now().isBefore(due)) {
      java.util.concurrent.TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private void recovered() {
    if (failures > 0 && trouble != null) {
      LOG.log(Level.INFO, "Elasticsearch takes lines again tries=" + failures);
    }
    failures = 0;
    delay = Duration.ZERO;
    trouble = null;
  }

  /** 1 s, then a second more for each try, at most a minute; a fifth more or less by chance. */
  private static Duration backoff(int tries) {
    double jitter = ThreadLocalRandom.current().nextDouble(0.8, 1.2);
    return Duration.ofMillis((long) (Math.min(tries, MAX_DELAY_SECONDS) * 1000 * jitter));
  }

  private void trim() {
    if (stored.isEmpty() || Instant.now().isBefore(trimmedAt.plus(SEARCHABLE))) {
      return;
    }
    trimmedAt = Instant.now();
    try {
      index.refresh(stored);
      journal.remove(stored);
      stored.clear();
    } catch (SearchIndex.Refused later) {
      LOG.log(Level.DEBUG, "The refresh failed and is tried again error=" + later.type());
    }
  }
}
