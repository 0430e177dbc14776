package org.fleetcast.sink;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.DataType;
import org.jspecify.annotations.Nullable;

/**
 * Notes what is changed in the small maps of a copy of the journal, so that it can be written where
 * it is safe. Used by who holds the copy's lock.
 */
final class ChangeRecorder {
  static final String MARKS = "marks";
  static final String BEGUN = "begun";
  static final String RETAINED = "retained";

  private List<MapChange> changes = new ArrayList<>();

  /** Forgets what was noted. */
  void begin() {
    changes = new ArrayList<>();
  }

  /** What was noted since the beginning, in order. */
  List<MapChange> changes() {
    return changes;
  }

  /** A map whose changes are noted. */
  <K> MVMap.MapBuilder<Recorded<K>, K, byte[]> map(String name, DataType<K> keys) {
    return new Builder<K>(this, name).keyType(keys).valueType(ByteArrayDataType.INSTANCE);
  }

  private static final class Builder<K> extends MVMap.BasicBuilder<Recorded<K>, K, byte[]> {
    private final ChangeRecorder recorder;
    private final String name;

    Builder(ChangeRecorder recorder, String name) {
      this.recorder = recorder;
      this.name = name;
    }

    @Override
    protected Recorded<K> create(Map<String, Object> config) {
      return new Recorded<>(config, getKeyType(), getValueType(), recorder, name);
    }
  }

  /** All writing of a map comes by {@code operate}. */
  static final class Recorded<K> extends MVMap<K, byte[]> {
    private final ChangeRecorder recorder;
    private final String name;

    Recorded(
        Map<String, Object> config,
        DataType<K> keys,
        DataType<byte[]> values,
        ChangeRecorder recorder,
        String name) {
      super(config, keys, values);
      this.recorder = recorder;
      this.name = name;
    }

    @Override
    public byte @Nullable [] operate(
        K key, byte @Nullable [] value, DecisionMaker<? super byte[]> decision) {
      byte[] before = super.operate(key, value, decision);
      recorder.changes.add(new MapChange(name, String.valueOf(key), get(key)));
      return before;
    }
  }
}
