package org.fleetcast.logs;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.jspecify.annotations.Nullable;

/**
 * The file below the journal. After the disk refused, its store is thrown away with all that was
 * not committed, and whoever comes next opens it again: memory never knows more than the disk.
 */
final class JournalFile {
  /**
   * The pages in memory: what is appended and soon stored. More only keeps what is stored long
   * since.
   */
  private static final int CACHE_MEGABYTES = 4;

  private final String name;
  private @Nullable Maps open;
  private boolean closed;

  /** What the file holds: the lines by time, the marks by packet id, and single values. */
  record Maps(
      MVStore store,
      MVMap<Long, Entry> lines,
      MVMap<Long, byte[]> marks,
      MVMap<String, String> state) {

    /** A single value that is a number; 0 when it was never set. */
    long number(String value) {
      return Long.parseLong(state.getOrDefault(value, "0"));
    }
  }

  /**
   * @param name the path of the file; a scheme of H2's file systems may stand before it
   */
  JournalFile(String name) {
    this.name = name;
  }

  /**
   * The maps, opened again if need be.
   *
   * @throws MVStoreException when the disk refuses
   * @throws IllegalStateException after the end
   */
  synchronized Maps maps() {
    if (closed) {
      throw new IllegalStateException("The journal is closed");
    }
    Maps maps = open;
    if (maps == null || maps.store.isClosed()) {
      maps = open();
      open = maps;
    }
    return maps;
  }

  private Maps open() {
    // A buffer size would let the store commit half of a batch by itself.
    MVStore store =
        new MVStore.Builder()
            .fileName(name)
            .autoCommitDisabled()
            .autoCommitBufferSize(0)
            .cacheSize(CACHE_MEGABYTES)
            .open();
    store.setVersionsToKeep(0);
    // Chunks without a live page are used again after this time; each append leaves one behind.
    store.setRetentionTime(5_000);
    MVMap.Builder<Long, Entry> lines = new MVMap.Builder<>();
    MVMap.Builder<Long, byte[]> marks = new MVMap.Builder<>();
    return new Maps(
        store,
        store.openMap("lines", lines.keyType(LongDataType.INSTANCE).valueType(new EntryType())),
        store.openMap(
            "marks", marks.keyType(LongDataType.INSTANCE).valueType(ByteArrayDataType.INSTANCE)),
        store.openMap("state"));
  }

  /**
   * Changes the maps, safe on disk when it returns.
   *
   * @throws MVStoreException when the disk refuses; nothing of the change shows then
   */
  synchronized Maps commit(Consumer<Maps> change) {
    try {
      Maps maps = maps();
      change.accept(maps);
      maps.store.commit();
      maps.store.sync();
      return maps;
    } catch (RuntimeException refused) {
      drop();
      throw refused;
    }
  }

  /**
   * Lines of a range, both ends included, nearest to its beginning first; from its end when
   * backward. A consistent view of what is safe.
   */
  List<Entry> find(long from, long to, boolean backward, int limit, Predicate<Entry> wanted) {
    try {
      return collect(cursor(from, to, backward), limit, wanted);
    } catch (MVStoreException dropped) {
      // The disk refused somebody's change meanwhile: once more, on a file opened again.
      return collect(cursor(from, to, backward), limit, wanted);
    }
  }

  /** Taken between two commits, so that it never shows a line that is not safe. */
  private synchronized Cursor<Long, Entry> cursor(long from, long to, boolean backward) {
    MVMap<Long, Entry> lines = maps().lines;
    return backward ? lines.cursor(to, from, true) : lines.cursor(from, to, false);
  }

  private static List<Entry> collect(
      Cursor<Long, Entry> cursor, int limit, Predicate<Entry> wanted) {
    List<Entry> found = new ArrayList<>();
    while (found.size() < limit && cursor.hasNext()) {
      cursor.next();
      Entry entry = cursor.getValue();
      if (wanted.test(entry)) {
        found.add(entry);
      }
    }
    return found;
  }

  /** Bytes of all these lines, by reading them. */
  static long size(MVMap<Long, Entry> lines) {
    long size = 0;
    for (Cursor<Long, Entry> all = lines.cursor(null); all.hasNext(); ) {
      all.next();
      size += all.getValue().size();
    }
    return size;
  }

  /** Gives room back to the disk. */
  synchronized void compact() {
    try {
      maps().store.compact(60, 4 << 20);
    } catch (RuntimeException refused) {
      drop();
      throw refused;
    }
  }

  private void drop() {
    if (open != null) {
      open.store.closeImmediately();
      open = null;
    }
  }

  synchronized void close() {
    closed = true;
    if (open != null) {
      open.store.close();
    }
  }
}
