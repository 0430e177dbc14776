package org.fleetcast.live;

import jakarta.json.spi.JsonProvider;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lines of one entity, all of one message, in order: one event of the log. It is encoded once for
 * all who read it, when the first of them does.
 */
public final class Publication implements Piece {
  /** The object, its list and what the log keeps of it. */
  static final int OVERHEAD = 200;

  /**
   * Looked up once: the methods of {@code Json} do so at each call, which costs more than the rest.
   */
  private static final JsonProvider JSON = JsonProvider.provider();

  private final String entityId;
  private final List<? extends LiveLine> lines;
  private EventId id;
  private long sequence;
  private int size;
  private @Nullable List<LineFilter.Text> texts;
  private volatile byte @Nullable [] idLine;
  private volatile byte @Nullable [] named;
  private volatile byte @Nullable [] enveloped;

  /**
   * @param lines one at least
   */
  public Publication(String entityId, List<? extends LiveLine> lines) {
    this.entityId = entityId;
    this.lines = lines;
    this.id = EventId.upTo(lines.get(lines.size() - 1).at());
  }

  /** Gives it its place, before anybody can find it. */
  Publication place(long number, EventId where) {
    sequence = number;
    id = where;
    return this;
  }

  public String entityId() {
    return entityId;
  }

  @Override
  public EventId id() {
    return id;
  }

  /** Its number in this process: what came later has a greater one, whatever the clock did. */
  long sequence() {
    return sequence;
  }

  int count() {
    return lines.size();
  }

  /** Its lines, in order. */
  List<? extends LiveLine> lines() {
    return lines;
  }

  /** The time of its first line, in microseconds since 1970. */
  long from() {
    return lines.get(0).at();
  }

  /** The time of its last line. */
  public long last() {
    return lines.get(lines.size() - 1).at();
  }

  @Override
  public int size() {
    if (size == 0) {
      size = lines.stream().mapToInt(line -> line.json().length + 1).sum();
    }
    return size;
  }

  /** What it takes while it is kept: its lines and their encoded form. */
  long memory() {
    return OVERHEAD + 2L * size();
  }

  /** The lines that one of the filters lets pass; all of them when there is no filter. */
  Optional<Publication> only(Set<LineFilter> filters) {
    if (filters.isEmpty()) {
      return Optional.of(this);
    }
    List<LineFilter.Text> known = texts();
    return some(
        i -> {
          LineFilter.Text text = known.get(i);
          for (LineFilter filter : filters) {
            if (filter.passes(text)) {
              return true;
            }
          }
          return false;
        });
  }

  /** Lets go of what only filters look at: they have. */
  void filtered() {
    texts = null;
  }

  private List<LineFilter.Text> texts() {
    List<LineFilter.Text> read = texts;
    if (read == null) {
      read = lines.stream().map(LiveLine::text).toList();
      texts = read;
    }
    return read;
  }

  /** The lines that are before that time; empty when none are. */
  Optional<Publication> before(long time) {
    return last() < time ? Optional.of(this) : some(i -> lines.get(i).at() < time);
  }

  /** Its lines but for those; empty when none is left. */
  Optional<Publication> except(Predicate<LiveLine> unwanted) {
    return some(i -> !unwanted.test(lines.get(i)));
  }

  private Optional<Publication> some(IntPredicate wanted) {
    List<LiveLine> chosen = null;
    for (int i = 0; i < lines.size(); i++) {
      if (wanted.test(i)) {
        chosen = chosen == null ? new ArrayList<>() : chosen;
        chosen.add(lines.get(i));
      }
    }
    if (chosen == null) {
      return Optional.empty();
    }
    return Optional.of(
        chosen.size() == lines.size()
            ? this
            : new Publication(entityId, chosen).place(sequence, id));
  }

  /** The lines that are in one or the other of two parts of an event. */
  Publication with(Publication other) {
    if (other == this) {
      return this;
    }
    TreeMap<Long, LiveLine> all = new TreeMap<>();
    lines.forEach(line -> all.put(line.at(), line));
    other.lines.forEach(line -> all.put(line.at(), line));
    return new Publication(entityId, List.copyOf(all.values())).place(sequence, id);
  }

  /** The line with its own id. */
  byte[] idLine() {
    byte[] made = idLine;
    if (made == null) {
      made = Frames.idLine(id);
      idLine = made;
    }
    return made;
  }

  /** All of it as it goes over the wire, but for the line with its id. */
  byte[] frame(Format format) {
    byte[] made = format == Format.NAMED ? named : enveloped;
    return made == null ? encode(format) : made;
  }

  private synchronized byte[] encode(Format format) {
    ByteArrayOutputStream json = new ByteArrayOutputStream(size() + OVERHEAD);
    json.writeBytes(Frames.head("device-logs", format));
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
    json.writeBytes(Frames.end(format));
    byte[] made = json.toByteArray();
    if (format == Format.NAMED) {
      named = made;
    } else {
      enveloped = made;
    }
    return made;
  }
}
