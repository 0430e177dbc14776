package org.fleetcast.canary;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The numbered lines that are to arrive at one place, and which of them did. A line that is not
 * there when the patience with it is over is lost; if it comes after all, it was late. Each is
 * remembered for an hour.
 */
final class Arrivals {
  private static final Duration REMEMBERED = Duration.ofHours(1);

  private final Duration patience;
  private final Told told;

  @GuardedBy("this")
  private final Map<Long, Line> lines = new LinkedHashMap<>();

  /** Who counts what became of the lines. */
  interface Told {
    void arrived(Duration after);

    void lost();

    void late();

    void doubled();
  }

  Arrivals(Duration patience, Told told) {
    this.patience = patience;
    this.told = told;
  }

  /** A line is on its way from now on. */
  synchronized void sent(long number, Instant now) {
    lines.put(number, new Line(now));
  }

  /**
   * A line was seen there.
   *
   * @param id its own, by which a line that was seen before is known from a double of it
   */
  synchronized void seen(long number, String id, Instant now) {
    Line line = lines.get(number);
    if (line == null || !line.ids.add(id)) {
      return;
    }
    if (line.ids.size() > 1) {
      told.doubled();
      return;
    }
    told.arrived(Duration.between(line.sent, now));
    if (line.judged) {
      told.late();
    }
  }

  /** What has to be looked for: lines that were not seen, and each once more at its end. */
  synchronized List<Long> awaited(Instant now) {
    List<Long> awaited = new ArrayList<>();
    lines.forEach(
        (number, line) -> {
          if (!line.judged && (line.ids.isEmpty() || line.isOver(now))) {
            awaited.add(number);
          }
        });
    return awaited;
  }

  /** Those that were lost and have not come since. */
  synchronized List<Long> missing() {
    List<Long> missing = new ArrayList<>();
    lines.forEach(
        (number, line) -> {
          if (line.judged && line.ids.isEmpty()) {
            missing.add(number);
          }
        });
    return missing;
  }

  /** Says which lines are lost, when all that is there was seen; forgets old ones. */
  synchronized void judge(Instant now) {
    Iterator<Line> all = lines.values().iterator();
    while (all.hasNext()) {
      Line line = all.next();
      if (!line.judged && line.isOver(now)) {
        line.judged = true;
        if (line.ids.isEmpty()) {
          told.lost();
        }
      }
      if (line.sent.plus(REMEMBERED).isBefore(now)) {
        all.remove();
      }
    }
  }

  private final class Line {
    private final Instant sent;
    private final Set<String> ids = new HashSet<>(2);
    private boolean judged;

    private Line(Instant sent) {
      this.sent = sent;
    }

    private boolean isOver(Instant now) {
      return !sent.plus(patience).isAfter(now);
    }
  }
}
