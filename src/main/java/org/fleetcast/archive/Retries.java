package org.fleetcast.archive;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.fleetcast.archive.StoredDocument.Form;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.sink.JournalLine;

/**
 * What Elasticsearch refused for now, each with its own time to be tried again. Bounded: what finds
 * no room is let go, since the journal still has it and can be read once more. Times are those of
 * the steady clock.
 */
final class Retries {
  private static final int MAX_DELAY_SECONDS = 60;

  private final int maxLines;
  private final long maxBytes;
  private final Deque<Retry> held = new ArrayDeque<>();
  private long bytes;
  private boolean overflowed;

  /**
   * A line, the form it is sent in, how often it was refused, and when it is tried again.
   *
   * @param read when it was read from the journal
   * @param sent whether it was sent before, and may be stored though no answer said so
   */
  record Retry(JournalLine entry, Form form, int tries, Instant due, Instant read, boolean sent) {
    /** A line that is sent for the first time. */
    static Retry first(JournalLine entry, Instant now) {
      return new Retry(entry, Form.WHOLE, 0, now, now, false);
    }

    /** The same line in another form, to be sent at once. */
    Retry as(Form other, Instant now) {
      return new Retry(entry, other, tries, now, read, true);
    }

    /** The same line, refused once more, in a form for its next try. */
    Retry refused(Form next, Instant now) {
      return new Retry(entry, next, tries + 1, now.plus(backoff(tries + 1)), read, true);
    }

    /** The same line as a dead letter, for that reason. */
    Retry dead(String reason, Instant now) {
      return new Retry(entry.refused(reason), Form.WHOLE, 0, now, read, true);
    }

    /** The same once more, after a request that may have arrived or not. */
    Retry again() {
      return new Retry(entry, form, tries, due, read, true);
    }

    StoredDocument document(IndexNames names) {
      return StoredDocument.of(entry, form, names);
    }
  }

  Retries(int maxLines, long maxBytes) {
    this.maxLines = maxLines;
    this.maxBytes = maxBytes;
  }

  void add(Retry retry) {
    if (held.size() >= maxLines || bytes + retry.entry.size() > maxBytes) {
      overflowed = true;
      return;
    }
    held.add(retry);
    bytes += retry.entry.size();
  }

  /** Those whose time has come, and no more than that; they are not held any longer. */
  List<Retry> due(Instant now, int limit) {
    List<Retry> due = new ArrayList<>();
    for (Iterator<Retry> all = held.iterator(); all.hasNext() && due.size() < limit; ) {
      Retry retry = all.next();
      if (!retry.due.isAfter(now)) {
        all.remove();
        bytes -= retry.entry.size();
        due.add(retry);
      }
    }
    return due;
  }

  boolean isEmpty() {
    return held.isEmpty() && !overflowed;
  }

  /** Whether some were let go. */
  boolean overflowed() {
    return overflowed;
  }

  void clear() {
    held.clear();
    bytes = 0;
    overflowed = false;
  }

  /** 1 s, then a second more for each try; a fifth more or less by chance, at most a minute. */
  static Duration backoff(int tries) {
    double jitter = ThreadLocalRandom.current().nextDouble(0.8, 1.2);
    double seconds = Math.min(tries, MAX_DELAY_SECONDS) * jitter;
    return Duration.ofMillis((long) (Math.min(seconds, MAX_DELAY_SECONDS) * 1000));
  }
}
