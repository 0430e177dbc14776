package org.fleetcast.mqtt;

import java.util.HashSet;
import java.util.Set;

/** What outlives the replicas of a test: one session at one broker. */
final class OneSession implements SessionMemory {
  private Set<String> filters = Set.of();
  private long number;
  private int failures;

  /** It throws that many times, as when the disk refuses. */
  synchronized void throwsTimes(int times) {
    failures = times;
  }

  @Override
  public synchronized Opened opened(String session, boolean known, Set<String> wanted) {
    if (failures-- > 0) {
      throw new IllegalStateException("the disk refuses");
    }
    Set<String> obsolete = new HashSet<>(known ? filters : Set.of());
    obsolete.removeAll(wanted);
    boolean lost = !known && number > 0;
    if (!known || !filters.equals(wanted)) {
      number++;
    }
    return new Opened(number, lost, obsolete, known ? filters : Set.of());
  }

  @Override
  public synchronized void subscribed(Set<String> wanted) {
    filters = wanted;
  }
}
