package org.fleetcast.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Those who ask for the same, gathered until somebody begins to answer them all at once.
 *
 * @param <K> what is asked for
 * @param <W> who asks
 */
final class RequestCoalescer<K, W> {
  private final ConcurrentMap<K, List<W>> waiting = new ConcurrentHashMap<>();

  /** Adds one who asks; whether it is the first, whose caller sees to an answer. */
  boolean add(K asked, W asking) {
    AtomicBoolean first = new AtomicBoolean();
    waiting.compute(
        asked,
        (same, others) -> {
          first.set(others == null);
          List<W> all = others == null ? new ArrayList<>(1) : others;
          all.add(asking);
          return all;
        });
    return first.get();
  }

  /** All who asked until now. Who asks later is the first of the next. */
  List<W> take(K asked) {
    return Objects.requireNonNull(waiting.remove(asked), "taken once for each first");
  }
}
