package org.fleetcast.logs;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What Elasticsearch refused for now, each with its own time to be tried again. Bounded: what finds
 * no room is let go, since the journal still has it and can be read once more.
 */
final class Retries {
  private static final int MAX_DELAY_SECONDS = 60;

  private final int maxLines;
  private final long maxBytes;
  private final Deque<Retry> held = new ArrayDeque<>();
  private long bytes;
  private boolean overflowed;

  /** A line, how often it was refused, and when it is tried again. */
  record Retry(Entry entry, int tries, Instant due) {}

  Retries(int maxLines, long maxBytes) {
    this.maxLines = maxLines;
    this.maxBytes = maxBytes;
  }

  /** Takes a line back that was refused once more. */
  void add(Retry refused, Instant now) {
    int tries = refused.tries + 1;
    add(refused.entry, tries, now.plus(backoff(tries)));
  }

  /** Takes a line that is to be sent at once. */
  void add(Entry entry, Instant now) {
    add(entry, 0, now);
  }

  private void add(Entry entry, int tries, Instant due) {
    if (held.size() >= maxLines || bytes + entry.size() > maxBytes) {
      overflowed = true;
      return;
    }
    held.add(new Retry(entry, tries, due));
    bytes += entry.size();
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

  /** 1 s, then a second more for each try, at most a minute; a fifth more or less by chance. */
  static Duration backoff(int tries) {
    double jitter = ThreadLocalRandom.current().nextDouble(0.8, 1.2);
    return Duration.ofMillis((long) (Math.min(tries, MAX_DELAY_SECONDS) * 1000 * jitter));
  }
}
