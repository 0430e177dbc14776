package org.fleetcast.sink;

import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
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
  private static final String WHERE = "live publish";

  private final Sessions sessions;
  private final JournalKeeper keeper;
  private final LogMetrics metrics;
  private final InternalFaults faults;

  @Inject
  public LinePublisher(
      Sessions sessions, JournalKeeper keeper, LogMetrics metrics, InternalFaults faults) {
    this.sessions = sessions;
    this.keeper = keeper;
    this.metrics = metrics;
    this.faults = faults;
  }

  /** What the journal holds from before the start is never shown any more. */
  void atStart(@Observes Startup startup) {
    sessions.startAfter(keeper.journal().lastGiven());
  }

  /** All lines of one message for one entity go in one event, in order. */
  void show(Delivery.Taken message) {
    List<Publication> events = new ArrayList<>();
    List<JournalLine> lines = message.lines();
    sessions.publish(
        () -> {
          faults.guard(WHERE, () -> byEntity(message, events));
          return events;
        },
        lines.get(lines.size() - 1).at());
    Duration took = Duration.between(message.at(), SteadyClock.now());
    events.forEach(event -> faults.guard(WHERE, () -> metrics.published(took)));
  }

  private void byEntity(Delivery.Taken message, List<Publication> events) {
    Map<String, List<JournalLine>> byEntity = new LinkedHashMap<>();
    for (JournalLine entry : message.lines()) {
      String entityId = entry.entityId();
      if (entityId != null && sessions.follows(entityId)) {
        byEntity.computeIfAbsent(entityId, id -> new ArrayList<>()).add(entry);
      }
    }
    byEntity.forEach((entityId, entries) -> events.add(new Publication(entityId, entries)));
    events.sort(Comparator.comparingLong(Publication::last));
  }
}
