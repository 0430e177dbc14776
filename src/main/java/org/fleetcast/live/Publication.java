package org.fleetcast.live;

import jakarta.json.spi.JsonProvider;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lines of one entity on their way to the mailboxes, all of one message, in order. They are encoded
 * once for all who want every line, and once for each other choice of filters, when the first
 * viewer asks. Used by one thread at a time.
 */
public final class Publication {
  /**
   * Looked up once: the methods of {@code Json} do so at each call, which costs more than the rest.
   */
  private static final JsonProvider JSON = JsonProvider.provider();

  private final String entityId;
  private final List<? extends LiveLine> lines;
  private final Map<Set<LineFilter>, Optional<Publication>> narrowed = new HashMap<>(0);
  private final Map<Integer, Publication> heads = new HashMap<>(0);
  private @Nullable List<LineFilter.Text> texts;
  private @Nullable StreamEvent event;

  /**
   * @param lines one at least
   */
  public Publication(String entityId, List<? extends LiveLine> lines) {
    this.entityId = entityId;
    this.lines = lines;
  }

  String entityId() {
    return entityId;
  }

  String from() {
    return lines.get(0).time();
  }

  /** What is missing when a viewer loses all of it. */
  StreamEvent.Lines summary() {
    return new StreamEvent.Lines(
        entityId, lines.size(), from(), lines.get(lines.size() - 1).time());
  }

  /** All its lines as one event. */
  StreamEvent event() {
    StreamEvent made = event;
    if (made == null) {
      made = encode();
      event = made;
    }
    return made;
  }

  /** The lines that one of the filters lets pass; empty when there are none. */
  Optional<Publication> only(Set<LineFilter> filters) {
    return narrowed.computeIfAbsent(filters, this::narrow);
  }

  private Optional<Publication> narrow(Set<LineFilter> filters) {
    List<LineFilter.Text> known = texts();
    List<LiveLine> passing = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      LineFilter.Text text = known.get(i);
      if (filters.stream().anyMatch(filter -> filter.passes(text))) {
        passing.add(lines.get(i));
      }
    }
    return some(passing);
  }

  private List<LineFilter.Text> texts() {
    List<LineFilter.Text> read = texts;
    if (read == null) {
      read = lines.stream().map(LiveLine::text).toList();
      texts = read;
    }
    return read;
  }

  /** The lines before that time, the same for all who ask for as many; empty when none are. */
  Optional<Publication> before(String time) {
    if (lines.get(lines.size() - 1).time().compareTo(time) < 0) {
      return Optional.of(this);
    }
    List<? extends LiveLine> earlier =
        lines.stream().filter(line -> line.time().compareTo(time) < 0).toList();
    Publication known = heads.get(earlier.size());
    Optional<Publication> head = known == null ? some(earlier) : Optional.of(known);
    head.ifPresent(some -> heads.put(earlier.size(), some));
    return head;
  }

  private Optional<Publication> some(List<? extends LiveLine> chosen) {
    if (chosen.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        chosen.size() == lines.size() ? this : new Publication(entityId, List.copyOf(chosen)));
  }

  private StreamEvent encode() {
    ByteArrayOutputStream json = new ByteArrayOutputStream(256 * lines.size());
    String entity = PrintableJson.of(JSON.createValue(entityId).toString());
    String start = "{\"device_entity_id\":" + entity + ",\"logs\":[";
    json.writeBytes(start.getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < lines.size(); i++) {
      if (i > 0) {
        json.write(',');
      }
      json.writeBytes(lines.get(i).json());
    }
    json.writeBytes("]}".getBytes(StandardCharsets.UTF_8));
    return StreamEvent.deviceLogs(json.toByteArray(), summary());
  }
}
