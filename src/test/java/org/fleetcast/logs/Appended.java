package org.fleetcast.logs;

import java.util.List;

/** Lines and marks with nothing beside them in their commit. */
final class Appended {
  private Appended() {}

  static void to(Journal journal, List<Entry> lines, List<Mark> taken) throws InterruptedException {
    journal.append(lines, taken, maps -> {});
  }
}
