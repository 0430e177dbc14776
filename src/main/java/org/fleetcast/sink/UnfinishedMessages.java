package org.fleetcast.sink;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.fleetcast.mqtt.InboundMessage;
import org.h2.mvstore.MVMap;
import org.jspecify.annotations.Nullable;

/**
 * Which messages were begun and are not complete: those that are taken in pieces, and all that are
 * large. It says where to go on when such a message comes again, and whether the process ended
 * while it was taken, for then it may have been the cause.
 */
final class UnfinishedMessages {
  /** So many at most: one at a time is begun, others stay only where the broker forgot them. */
  private static final int MAX = 100;

  /** So often it may end the process at one place: once it may be chance, as a power cut is. */
  private static final int ENDS = 2;

  /** In place of a life of the process: however that ends, the message is not the cause. */
  private static final long INNOCENT = 0;

  /** This life of the process. */
  private final long run = new SecureRandom().nextLong();

  /**
   * A try to take a message.
   *
   * @param packetId of its delivery
   * @param from the first line that is not taken
   * @param earlier how far all tries before came, in bytes
   * @param ends how many lives of the process ended since the message came as far as that
   * @param run the life of the process that it was made in
   * @param number of messages taken when it was kept; 0 when it is not
   */
  record Try(
      int packetId, PayloadLines.Position from, int earlier, int ends, long run, long number) {
    private static final int BYTES = 6 * Integer.BYTES + 2 * Long.BYTES;

    byte[] bytes(long newestNumber) {
      return ByteBuffer.allocate(BYTES)
          .putInt(packetId)
          .putInt(from.at())
          .putInt(from.bad())
          .putInt(from.further())
          .putInt(earlier)
          .putInt(ends)
          .putLong(run)
          .putLong(newestNumber)
          .array();
    }

    static Try of(byte[] kept) {
      ByteBuffer all = ByteBuffer.wrap(kept);
      int packetId = all.getInt();
      PayloadLines.Position from =
          new PayloadLines.Position(all.getInt(), all.getInt(), all.getInt());
      return new Try(packetId, from, all.getInt(), all.getInt(), all.getLong(), all.getLong());
    }

    Try at(PayloadLines.Position reached) {
      return new Try(packetId, reached, earlier, ends, run, number);
    }

    private Try acquitted() {
      return new Try(packetId, from, earlier, ends, INNOCENT, number);
    }

    private boolean isFarther() {
      return from.at() > earlier;
    }

    private boolean isStale(long newestNumber) {
      return newestNumber - number >= DeliveryFingerprint.KEPT;
    }

    /** How far it came, or one before it. */
    int farthest() {
      return Math.max(from.at(), earlier);
    }
  }

  /** Remembers that no message is the cause if this life of the process ends now. */
  void acquit(JournalFile.Maps maps) {
    MVMap<String, byte[]> all = maps.begun();
    for (Map.Entry<String, byte[]> kept : List.copyOf(all.entrySet())) {
      Try made = Try.of(kept.getValue());
      if (made.run == run) {
        all.put(kept.getKey(), made.acquitted().bytes(made.number));
      }
    }
  }

  /** The recent try at a message of that content which is not complete; null when there is none. */
  static @Nullable Try find(JournalFile.Maps maps, DeliveryFingerprint mark) {
    byte[] kept = maps.begun().isEmpty() ? null : maps.begun().get(key(mark));
    Try made = kept == null ? null : Try.of(kept);
    return made == null || made.isStale(maps.number("messages")) ? null : made;
  }

  /** Whether the process ended too often while that was tried, and came no farther. */
  boolean endedTheProcess(Try made) {
    return ends(made) >= ENDS;
  }

  /** How many lives ended where that came to, the one it was made in included. */
  private int ends(Try made) {
    boolean ended = made.run != run && made.run != INNOCENT;
    return (made.isFarther() ? 0 : made.ends) + (ended ? 1 : 0);
  }

  /** A new try, which goes on where the one before was, or begins. */
  Try next(InboundMessage message, @Nullable Try before) {
    int packetId = message.packetId();
    if (before == null) {
      return new Try(packetId, PayloadLines.Position.START, 0, 0, run, 0);
    }
    // Packet ids come round: without DUP in another life it may be another message of that content.
    boolean same = before.packetId == packetId && (message.duplicate() || before.run == run);
    same |= message.retained(); // which comes again under any packet id
    PayloadLines.Position from = same ? before.from : PayloadLines.Position.START;
    return new Try(packetId, from, before.farthest(), ends(before), run, 0);
  }

  static void put(JournalFile.Maps maps, DeliveryFingerprint mark, Try made) {
    MVMap<String, byte[]> all = maps.begun();
    String key = key(mark);
    long newest = maps.number("messages");
    List.copyOf(all.entrySet()).stream()
        .filter(kept -> Try.of(kept.getValue()).isStale(newest))
        .forEach(kept -> all.remove(kept.getKey()));
    all.put(key, made.bytes(newest));
    if (all.sizeAsLong() > MAX) {
      all.entrySet().stream()
          .filter(kept -> !kept.getKey().equals(key))
          .min(Comparator.comparingLong(kept -> Try.of(kept.getValue()).number))
          .map(Map.Entry::getKey)
          .ifPresent(all::remove);
    }
  }

  static void remove(JournalFile.Maps maps, DeliveryFingerprint mark) {
    maps.begun().remove(key(mark));
  }

  private static String key(DeliveryFingerprint mark) {
    return HexFormat.of().formatHex(mark.sha256());
  }
}
