package org.fleetcast.live;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;

/** All lines that were ever published, as journal and Elasticsearch together have them. */
final class LogStore {
  private static final LiveMetrics METRICS = new LiveMetrics(Stub.of(MetricRegistry.class));
  private static final InternalFaults FAULTS =
      new InternalFaults(where -> {}, SteadyClock.INSTANCE);

  private final List<Line> lines = new CopyOnWriteArrayList<>();
  private int messages;

  /** A line of an entity, with the number of the message that brought it. */
  record Line(int number, String entityId, int message) implements LiveLine {
    @Override
    public long at() {
      return NumberedLine.at(number);
    }

    @Override
    public byte[] json() {
      return new NumberedLine(number).json();
    }

    @Override
    public LineFilter.Text text() {
      return new NumberedLine(number).text();
    }
  }

  static Log log(ViewerMemory memory) {
    return new Log(entity -> Set.of(1), memory, METRICS, FAULTS);
  }

  int size() {
    return lines.size();
  }

  Line line(int number) {
    return lines.get(number);
  }

  /** The time of the last line; before the first of all when there is none. */
  long last() {
    return NumberedLine.at(size() - 1);
  }

  /** Stores and publishes one message with a line of each of these entities, which it gives. */
  List<Line> publish(Log log, String... entities) {
    List<Line> message = store(entities);
    List<Publication> events = events(message);
    log.append(() -> events, message.get(message.size() - 1).at());
    return message;
  }

  private List<Line> store(String... entities) {
    List<Line> message = new ArrayList<>();
    for (String entityId : entities) {
      message.add(new Line(size() + message.size(), entityId, messages));
    }
    messages++;
    lines.addAll(message);
    return message;
  }

  private static List<Publication> events(List<Line> message) {
    Map<String, List<Line>> byEntity = new LinkedHashMap<>();
    message.forEach(
        line -> byEntity.computeIfAbsent(line.entityId, id -> new ArrayList<>()).add(line));
    List<Publication> events = new ArrayList<>();
    byEntity.forEach((entityId, some) -> events.add(new Publication(entityId, some)));
    events.sort(Comparator.comparingLong(Publication::last));
    return events;
  }

  /** A tail, as far as it is stored by now. */
  List<Line> tail(Subscription wanted) {
    List<Line> all = lines.stream().filter(line -> fits(line, wanted)).toList();
    return all.subList(Math.max(0, all.size() - wanted.tail()), all.size());
  }

  private static boolean fits(Line line, Subscription wanted) {
    return isOf(wanted.scope(), line) && wanted.filter().passes(line.text());
  }

  static boolean isOf(Scope scope, Line line) {
    return scope.entityId() == null || line.entityId.equals(scope.entityId());
  }

  /** The next page of a replay, of that many lines at most. */
  Replay.Page page(Replay asked, int most) {
    List<Line> due =
        lines.stream()
            .filter(line -> line.at() <= asked.until() && isAfter(line, asked.after()))
            .filter(line -> asked.parts().stream().anyMatch(part -> fits(line, part)))
            .toList();
    List<Line> page = due.subList(0, Math.min(most, due.size()));
    long reached = page.size() == due.size() ? asked.until() : page.get(most - 1).at();
    return new Replay.Page(List.copyOf(Tail.events(page)), asked.parts(), reached);
  }

  private boolean fits(Line line, Replay.Part part) {
    return isOf(part.scope(), line)
        && isAfter(line, part.after())
        && (part.filters().isEmpty()
            || part.filters().stream().anyMatch(filter -> filter.passes(line.text())));
  }

  /** Whether who has everything up to that event does not have this line. */
  boolean isAfter(Line line, EventId event) {
    if (line.at() <= event.from() || line.at() > event.to()) {
      return line.at() > event.to();
    }
    return lines.stream()
        .filter(other -> other.message == line.message && other.entityId.equals(line.entityId))
        .anyMatch(other -> other.at() > event.at());
  }
}
