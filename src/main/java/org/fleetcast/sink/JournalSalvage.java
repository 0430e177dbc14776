package org.fleetcast.sink;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStoreException;

/** Copies a journal of which a part cannot be read, as when a sector of the disk went bad. */
final class JournalSalvage {
  private static final int LINES_A_COMMIT = 1_000;

  private JournalSalvage() {}

  /** How many entries could not be read. */
  record Lost(long lines, long others) {
    boolean isNothing() {
      return lines + others == 0;
    }

    @Override
    public String toString() {
      return "lines=" + lines + " others=" + others;
    }
  }

  static Lost copy(JournalFile.Maps from, JournalFile to) {
    List<JournalLine> part = new ArrayList<>();
    long lines =
        eachReadable(
            from.lines(),
            (at, line) -> {
              part.add(line);
              if (part.size() == LINES_A_COMMIT) {
                put(part, to);
              }
            });
    put(part, to);
    long[] others = new long[1];
    to.commit(
        maps -> {
          others[0] =
              eachReadable(from.marks(), maps.marks()::put)
                  + eachReadable(from.begun(), maps.begun()::put)
                  + eachReadable(from.retained(), maps.retained()::put)
                  + eachReadable(from.state(), maps.state()::put);
          maps.state().put("bytes", Long.toString(JournalView.size(maps)));
          Long key = maps.lines().lastKey();
          long last = Math.max(maps.number("last"), key == null ? Long.MIN_VALUE : key);
          if (lines > 0) {
            maps.state().put("complete", LogTime.text(Math.max(last + 1, complete(maps))));
          }
        });
    return new Lost(lines, others[0]);
  }

  private static long complete(JournalFile.Maps maps) {
    long known = maps.completeSince();
    return known == Long.MAX_VALUE ? Long.MIN_VALUE : known;
  }

  private static void put(List<JournalLine> part, JournalFile to) {
    to.commit(maps -> part.forEach(line -> maps.lines().put(line.at(), line)));
    part.clear();
  }

  /** By their numbers, for which no page is read but the one that has the entry. */
  private static <K, V> long eachReadable(MVMap<K, V> map, BiConsumer<K, V> action) {
    long lost = 0;
    for (long number = 0; number < map.sizeAsLong(); number++) {
      K key;
      V value;
      try {
        key = map.getKey(number);
        value = map.get(key);
      } catch (MVStoreException unreadable) {
        lost++;
        continue;
      }
      if (value == null || (value instanceof JournalLine line && !key.equals(line.at()))) {
        lost++; // it can be read, and is none of ours
      } else {
        action.accept(key, value);
      }
    }
    return lost;
  }
}
