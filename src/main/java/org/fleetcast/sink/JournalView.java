package org.fleetcast.sink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.RootReference;
import org.jspecify.annotations.Nullable;

/**
 * What was safe on disk after one commit, for readers, who wait for no later one.
 *
 * <p>It holds its version, so that the room of what is removed meanwhile is not used again, until
 * the next view has taken its place and the last reader has released it.
 */
final class JournalView {
  private static final int SAMPLES = 200;
  private static final int MAX_NAME = 100;

  private final JournalFile.Maps maps;
  private final RootReference<Long, JournalLine> lines;
  private final MVStore.TxCounter version;
  private final Facts facts;

  /** The readers, and one for as long as it is the newest. */
  private final AtomicInteger users = new AtomicInteger(1);

  /**
   * Numbers about the journal that need no reading of it.
   *
   * @param messages how many messages were ever taken
   * @param bytes of all lines held
   * @param complete from this time on every line taken is still held
   * @param first the time of the oldest line held; null when there is none
   * @param last the time of the newest line held
   */
  record Facts(long messages, long bytes, long complete, @Nullable Long first, long last) {
    static Facts of(JournalFile.Maps maps) {
      Long newest = maps.lines().lastKey();
      return new Facts(
          maps.number("messages"),
          maps.number("bytes"),
          maps.completeSince(),
          maps.lines().firstKey(),
          newest == null ? Long.MIN_VALUE : newest);
    }
  }

  /** Of the committed state; nobody may change the maps meanwhile. */
  JournalView(JournalFile.Maps maps) {
    this.maps = maps;
    facts = Facts.of(maps);
    lines = maps.lines().flushAndGetRoot();
    version = maps.store().registerVersionUsage();
  }

  Facts facts() {
    return facts;
  }

  /** Bytes of all lines, by reading them. */
  static long size(JournalFile.Maps maps) {
    long size = 0;
    for (Cursor<Long, JournalLine> all = maps.lines().cursor(null); all.hasNext(); ) {
      all.next();
      size += all.getValue().size();
    }
    return size;
  }

  /**
   * The entity that most of the lines held are of, with its share, as words for the log; by a
   * sample, since there may be millions. Empty when there are no lines.
   */
  static String mostOf(JournalFile.Maps maps) {
    long count = maps.lines().sizeAsLong();
    long step = Math.max(1, count / SAMPLES);
    Map<String, Integer> seen = new HashMap<>();
    int all = 0;
    for (long index = 0; index < count; index += step) {
      JournalLine entry = maps.lines().get(maps.lines().getKey(index));
      seen.merge(entry == null ? "" : name(entry), 1, Integer::sum);
      all++;
    }
    int lines = all;
    return seen.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(most -> most.getKey() + " (" + 100 * most.getValue() / lines + " %)")
        .orElse("");
  }

  private static String name(JournalLine entry) {
    String plain = String.valueOf(entry.entityId()).replaceAll("\\p{Cntrl}", "");
    return plain.length() <= MAX_NAME ? plain : plain.substring(0, MAX_NAME);
  }

  /** Whether the file was closed below it, because the disk refused a change. */
  boolean isClosed() {
    return maps.store().isClosed();
  }

  /** False when it is over; then there is a newer one. */
  boolean acquire() {
    return users.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
  }

  void release() {
    if (users.decrementAndGet() == 0) {
      maps.store().deregisterVersionUsage(version);
    }
  }

  /** As {@link Journal#find}. */
  List<JournalLine> find(
      long from, long to, boolean backward, int limit, Predicate<JournalLine> wanted) {
    Cursor<Long, JournalLine> cursor =
        backward
            ? maps.lines().cursor(lines, to, from, true)
            : maps.lines().cursor(lines, from, to, false);
    List<JournalLine> found = new ArrayList<>();
    while (found.size() < limit && cursor.hasNext()) {
      cursor.next();
      JournalLine entry = cursor.getValue();
      if (wanted.test(entry)) {
        found.add(entry);
      }
    }
    return found;
  }
}
