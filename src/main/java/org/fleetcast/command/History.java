package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/** What was logged: the pages of the server, as lines. */
final class History {
  private static final int PAGE = 1000;

  private final Server server;
  private final Selection selection;

  History(Server server, Selection selection) {
    this.server = server;
    this.selection = selection;
  }

  /** Takes lines in their order; tells whether it wants more. */
  interface Reader {
    boolean take(List<StoredLine> lines);
  }

  /** All lines of a range, the oldest first. */
  void forward(Instant start, @Nullable Instant end, Reader reader) throws Failure {
    String range = "&start=" + time(start) + (end == null ? "" : "&end=" + time(end));
    String cursor = null;
    do {
      JsonNode page = server.get(selection.history() + range + after(cursor));
      if (!reader.take(lines(page))) {
        return;
      }
      cursor = next(page);
    } while (cursor != null);
  }

  /** The last lines before a time, the oldest of them first. */
  List<StoredLine> last(int count, Instant end) throws Failure {
    List<List<StoredLine>> pages = new ArrayList<>();
    int found = 0;
    String cursor = null;
    do {
      JsonNode page = server.get(selection.history() + "&end=" + time(end) + after(cursor));
      pages.add(lines(page));
      found += pages.get(pages.size() - 1).size();
      cursor = next(page);
    } while (cursor != null && found < count);
    Collections.reverse(pages);
    List<StoredLine> all = pages.stream().flatMap(List::stream).toList();
    return all.subList(Math.max(0, all.size() - count), all.size());
  }

  private static String time(Instant time) {
    return Http.encoded(time.toString());
  }

  private static String after(@Nullable String cursor) {
    return cursor == null ? "" : "&cursor=" + Http.encoded(cursor);
  }

  private static @Nullable String next(JsonNode page) {
    return page.path("has_more").asBoolean() ? page.path("next_cursor").textValue() : null;
  }

  private static List<StoredLine> lines(JsonNode page) {
    List<StoredLine> lines = new ArrayList<>(PAGE);
    for (JsonNode row : page.path("logs")) {
      long at = LogTime.parse(row.path("timestamp").asText()).orElse(0L);
      ObjectNode fields = row.path("fields") instanceof ObjectNode sent ? sent : (ObjectNode) row;
      lines.add(StoredLine.of(row.path("id").asText(), fields, at, true));
    }
    return lines;
  }
}
