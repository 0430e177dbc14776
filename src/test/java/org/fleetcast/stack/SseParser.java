package org.fleetcast.stack;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads an event stream line by line, as the HTML standard says. */
final class SseParser {
  private final StringBuilder data = new StringBuilder();
  private String name = "";
  private @Nullable String lastId;

  /** Of the event that is being read: a stream that is cut in its middle has not brought it. */
  private @Nullable String nextId;

  private @Nullable Duration retry;
  private int comments;

  /** Takes the next line; the event that it completes, if it does. */
  Optional<SseEvent> line(String line) {
    if (line.isEmpty()) {
      return dispatch();
    }
    int colon = line.indexOf(':');
    if (colon == 0) {
      comments++;
      return Optional.empty();
    }
    String field = colon < 0 ? line : line.substring(0, colon);
    String rest = colon < 0 ? "" : line.substring(colon + 1);
    field(field, rest.startsWith(" ") ? rest.substring(1) : rest);
    return Optional.empty();
  }

  /** The id that a browser would send as {@code Last-Event-ID}. */
  Optional<String> lastId() {
    return Optional.ofNullable(lastId);
  }

  Optional<Duration> retry() {
    return Optional.ofNullable(retry);
  }

  int comments() {
    return comments;
  }

  private void field(String field, String value) {
    switch (field) {
      case "event" -> name = value;
      case "data" -> data.append(value).append('\n');
      case "id" -> nextId = value;
      case "retry" -> retry = Duration.ofMillis(Long.parseLong(value));
      default -> {} // unknown fields are ignored
    }
  }

  private Optional<SseEvent> dispatch() {
    lastId = nextId;
    String type = name.isEmpty() ? "message" : name;
    name = "";
    if (data.length() == 0) {
      return Optional.empty();
    }
    String text = data.substring(0, data.length() - 1);
    data.setLength(0);
    return Optional.of(new SseEvent(lastId, type, text));
  }
}
