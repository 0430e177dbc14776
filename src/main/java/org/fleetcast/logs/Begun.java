package org.fleetcast.logs;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import org.h2.mvstore.MVMap;
import org.jspecify.annotations.Nullable;

/**
 * Which messages were begun and are not complete: those that are taken in pieces, and all that are
 * large. It says where to go on when such a message comes again, and whether the process ended
 * while it was taken, for then it may have been the cause.
 */
final class Begun {
  /** So many at most: one at a time is begun, others stay only where the broker forgot them. */
  private static final int MAX = 100;

  private static final String ORDERLY = "orderly";

  /** This life of the process. */
  private final long run = new SecureRandom().nextLong();

  /** The last life that ended as it should. */
  private final long orderly;

  /**
   * A try to take a message.
   *
   * @param packetId of its delivery
   * @param from the first line that is not taken
   * @param earlier how far all tries before came, in bytes
   * @param run the life of the process that it was made in
   * @param number of messages taken when it was kept; 0 when it is not
   */
  record Try(int packetId, PayloadLines.Position from, int earlier, long run, long number) {
    private static final int BYTES = 5 * Integer.BYTES + 2 * Long.BYTES;

    byte[] bytes(long newestNumber) {
      return ByteBuffer.allocate(BYTES)
          .putInt(packetId)
          .putInt(from.at())
          .putInt(from.bad())
          .putInt(from.further())
          .putInt(earlier)
          .putLong(run)
          .putLong(newestNumber)
          .array();
    }

    static Try of(byte[] kept) {
      ByteBuffer all = ByteBuffer.wrap(kept);
      int packetId = all.getInt();
      PayloadLines.Position from =
          new PayloadLines.Position(all.getInt(), all.getInt(), all.getInt());
      return new Try(packetId, from, all.getInt(), all.getLong(), all.getLong());
    }

    Try at(PayloadLines.Position reached) {
      return new Try(packetId, reached, earlier, run, number);
    }

    /** How far it came, or one before it. */
    int farthest() {
      return Math.max(from.at(), earlier);
    }
  }

  Begun(Map<String, String> state) {
    orderly = Long.parseLong(state.getOrDefault(ORDERLY, "0"));
  }

  /** Remembers that this life of the process ends as it should. */
  void end(Map<String, String> state) {
    state.put(ORDERLY, Long.toString(run));
  }

  /** The try at a message of that content which is not complete; null when there is none. */
  static @Nullable Try find(JournalFile.Maps maps, Mark mark) {
    byte[] kept = maps.begun().isEmpty() ? null : maps.begun().get(key(mark));
    return kept == null ? null : Try.of(kept);
  }

  /** Whether the process ended while that was tried, before anything of it was taken. */
  boolean endedTheProcess(Try made) {
    return made.run != run && made.run != orderly && made.from.at() <= made.earlier;
  }

  /** A new try, which goes on where the one before was, or begins. */
  Try next(int packetId, @Nullable Try before) {
    if (before == null) {
      return new Try(packetId, PayloadLines.Position.START, 0, run, 0);
    }
    boolean same = before.packetId == packetId;
    PayloadLines.Position from = same ? before.from : PayloadLines.Position.START;
    return new Try(packetId, from, before.farthest(), run, 0);
  }

  static void put(JournalFile.Maps maps, Mark mark, Try made) {
    MVMap<String, byte[]> all = maps.begun();
    String key = key(mark);
    all.put(key, made.bytes(maps.number("messages")));
    if (all.sizeAsLong() > MAX) {
      all.entrySet().stream()
          .filter(kept -> !kept.getKey().equals(key))
          .min(Comparator.comparingLong(kept -> Try.of(kept.getValue()).number))
          .map(Map.Entry::getKey)
          .ifPresent(all::remove);
    }
  }

  static void remove(JournalFile.Maps maps, Mark mark) {
    maps.begun().remove(key(mark));
  }

  private static String key(Mark mark) {
    return HexFormat.of().formatHex(mark.sha256());
  }
}
