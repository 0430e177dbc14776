package org.fleetcast.sink;

import java.util.Map;
import org.fleetcast.cluster.BatchLog;
import org.jspecify.annotations.Nullable;

/**
 * A key of a map has another value now.
 *
 * @param value null when it was removed
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
record MapChange(String map, String key, byte @Nullable [] value) {
  static MapChange of(BatchLog.Value value) {
    return new MapChange(value.kind(), value.name(), value.content());
  }

  /** Makes the same change in a copy. */
  void to(JournalFile.Maps maps) {
    switch (map) {
      case ChangeRecorder.MARKS -> put(maps.marks(), Long.valueOf(key));
      case ChangeRecorder.BEGUN -> put(maps.begun(), key);
      case ChangeRecorder.RETAINED -> put(maps.retained(), key);
      default -> throw new IllegalStateException("The journal has no map " + map);
    }
  }

  private <K> void put(Map<K, byte[]> changed, K at) {
    if (value == null) {
      changed.remove(at);
    } else {
      changed.put(at, value);
    }
  }

  /** Whether it is to be found elsewhere than in the batches that are kept. */
  boolean isLasting() {
    return !map.equals(ChangeRecorder.MARKS);
  }
}
