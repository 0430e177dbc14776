package org.fleetcast.sink;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;

/**
 * Which batches the database still has, with the times of their lines: kept in the copy of the
 * journal, by their numbers.
 */
final class SharedRows {
  /** A follower that was held up for longer makes its copy anew. */
  private static final Duration KEPT = Duration.ofSeconds(15);

  /** So many are deleted at once; fewer are not worth the marks that have to be carried over. */
  private static final int AT_ONCE = 10_000;

  private static final int FEW = 50;

  /** So many may be in between that are still needed. */
  private static final int NEEDED = 20_000;

  /**
   * What is remembered of one.
   *
   * @param last the last time given when it was written
   * @param messages how many messages had been taken then
   */
  private record Row(long last, long messages, long[] times) {
    static Row of(SharedBatch batch) {
      return new Row(
          number(batch, "last"),
          number(batch, "messages"),
          batch.lines().stream().mapToLong(JournalLine::at).toArray());
    }

    private static long number(SharedBatch batch, String value) {
      return Long.parseLong(batch.state().getOrDefault(value, "0"));
    }

    static Row of(byte[] kept) {
      ByteBuffer all = ByteBuffer.wrap(kept);
      long last = all.getLong();
      long messages = all.getLong();
      long[] times = new long[all.remaining() / Long.BYTES];
      all.asLongBuffer().get(times);
      return new Row(last, messages, times);
    }

    byte[] bytes() {
      ByteBuffer all = ByteBuffer.allocate((times.length + 2) * Long.BYTES);
      all.putLong(last).putLong(messages).asLongBuffer().put(times);
      return all.array();
    }
  }

  private static MVMap<Long, byte[]> map(JournalFile.Maps all) {
    MVMap.Builder<Long, byte[]> rows = new MVMap.Builder<>();
    return all.store()
        .openMap("rows", rows.keyType(LongDataType.INSTANCE).valueType(ByteArrayDataType.INSTANCE));
  }

  void put(JournalFile.Maps all, long seq, SharedBatch batch) {
    map(all).put(seq, Row.of(batch).bytes());
  }

  /** Forgets one; gives the times of its lines. */
  long[] remove(JournalFile.Maps all, long seq) {
    byte[] kept = map(all).remove(seq);
    return kept == null ? new long[0] : Row.of(kept).times;
  }

  void clear(JournalFile.Maps all) {
    map(all).clear();
  }

  /**
   * Batches that nobody needs any more.
   *
   * @param messages how many messages had been taken with the last of them
   */
  record Needless(List<Long> numbers, long messages) {}

  /** Those of which no line is held, and that no follower is to read any more. */
  Needless needless(JournalFile.Maps all) {
    List<Long> found = new ArrayList<>();
    long messages = 0;
    int needed = 0;
    for (Cursor<Long, byte[]> rows = map(all).cursor(null); rows.hasNext(); ) {
      rows.next();
      Row row = Row.of(rows.getValue());
      if (isYoung(all, row) || found.size() == AT_ONCE || needed == NEEDED) {
        break;
      }
      if (isHeld(all, row)) {
        needed++;
      } else {
        found.add(rows.getKey());
        messages = Math.max(messages, row.messages);
      }
    }
    return new Needless(found.size() < FEW ? List.of() : found, messages);
  }

  private static boolean isHeld(JournalFile.Maps all, Row row) {
    for (long at : row.times) {
      if (all.lines().containsKey(at)) {
        return true;
      }
    }
    return false;
  }

  /** The times of lines that nobody archives and every follower has read. */
  List<Long> old(JournalFile.Maps all) {
    List<Long> times = new ArrayList<>();
    for (Cursor<Long, byte[]> rows = map(all).cursor(null); rows.hasNext(); ) {
      rows.next();
      Row row = Row.of(rows.getValue());
      if (isYoung(all, row)) {
        return times;
      }
      for (long at : row.times) {
        if (all.lines().containsKey(at)) {
          times.add(at);
        }
      }
    }
    return times;
  }

  /** Either way: the clock may have fallen back since. */
  private static boolean isYoung(JournalFile.Maps all, Row row) {
    return Math.abs(all.number("last") - row.last) < KEPT.toNanos() / 1_000;
  }
}
