package org.fleetcast.sink;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fleetcast.live.Publication;
import org.fleetcast.live.Sessions;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;

/** Shows lines that are safe to those who follow their entity. */
@Singleton
class LinePublisher {
  private final Sessions sessions;
  private final LiveWatermark shown;
  private final LogMetrics metrics;
  private final InternalFaults faults;

  @Inject
  public LinePublisher(
      Sessions sessions, LiveWatermark shown, LogMetrics metrics, InternalFaults faults) {
    this.sessions = sessions;
    this.shown = shown;
    this.metrics = metrics;
    this.faults = faults;
  }

  void show(Delivery.Taken message) {
    List<JournalLine> lines = message.lines();
    shown.show(lines.get(lines.size() - 1).at(), () -> publish(message));
  }

  /** All lines of one message for one entity go in one event, in order. */
  private void publish(Delivery.Taken message) {
    Map<String, List<JournalLine>> byEntity = new LinkedHashMap<>();
    for (JournalLine entry : message.lines()) {
      String entityId = entry.entityId();
      if (entityId != null && sessions.follows(entityId)) {
        byEntity.computeIfAbsent(entityId, id -> new ArrayList<>()).add(entry);
      }
    }
    byEntity.forEach(
        (entityId, entries) ->
            faults.guard(
                "live publish",
                () -> {
                  sessions.publish(new Publication(entityId, entries));
                  metrics.published(Duration.between(message.at(), SteadyClock.now()));
                }));
  }
}
