package org.fleetcast.sink;

import java.util.List;

/** Lines and marks with nothing beside them in their commit. */
public final class Appended {
  private Appended() {}

  public static void to(Journal journal, List<JournalLine> lines, List<DeliveryFingerprint> taken)
      throws InterruptedException {
    journal.append(lines, taken, maps -> {});
  }
}
