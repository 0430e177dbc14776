package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/**
 * Shows the live lines of a selection behind those that came before. History and stream overlap, so
 * that nothing is missing between them; what both have is known by its id.
 */
final class LogFollower implements LiveStream.Reader {
  /** More than the server keeps for a reader that does not read meanwhile. */
  private static final int REMEMBERED = 20_000;

  private final Selection selection;
  private final Server server;
  private final LogPrinter printer;
  private final @Nullable Instant since;
  private final int tail;
  private final Set<String> shown = new HashSet<>();
  private final Queue<String> oldest = new ArrayDeque<>();

  /**
   * A follower.
   *
   * @param since from which time on the lines before are wanted; null for the tail alone
   * @param tail how many of the lines before are wanted
   */
  LogFollower(
      Selection selection, Server server, LogPrinter printer, @Nullable Instant since, int tail) {
    this.selection = selection;
    this.server = server;
    this.printer = printer;
    this.since = since;
    this.tail = tail;
  }

  @Override
  public boolean begin(String requestId, @Nullable String after) throws Failure {
    if (after == null) {
      subscribe(requestId, null, since == null ? tail : 0);
      if (since != null) {
        new History(server, selection).forward(since, null, this::printStored);
      }
    } else {
      goOn(requestId, after);
    }
    return !printer.terminal().isGone();
  }

  private void goOn(String requestId, String after) throws Failure {
    try {
      subscribe(requestId, after, 0);
    } catch (Failure failure) {
      if (failure.isPassing()) {
        throw failure;
      }
      subscribe(requestId, null, 0); // refused for good, too, when that is not why
      printer.terminal().tell("The server cannot go on where it was: lines may be missing here");
    }
  }

  private void subscribe(String requestId, @Nullable String after, int before) throws Failure {
    server.post("/api/device-logs/subscribe", selection.subscription(requestId, after, before));
  }

  private boolean printStored(List<StoredLine> lines) {
    for (StoredLine line : lines) {
      shown.add(line.id());
      oldest.add(line.id());
    }
    while (oldest.size() > REMEMBERED) {
      shown.remove(oldest.remove());
    }
    return printer.print(lines);
  }

  @Override
  public boolean take(ServerEvent event) {
    switch (event.name()) {
      case "device-logs" -> {
        List<StoredLine> lines = new ArrayList<>();
        for (JsonNode line : event.data().path("logs")) {
          String id = line.path("id").asText();
          if (line instanceof ObjectNode fields && !shown.contains(id)) {
            lines.add(StoredLine.of(id, fields, 0, true));
          }
        }
        return printer.print(lines);
      }
      case "gap" -> printer.terminal().tell(gap(event.data()));
      default -> {} // not about lines
    }
    return true;
  }

  private static String gap(JsonNode gap) {
    int missed = gap.path("missed").asInt();
    return "Lines are missing here: "
        + (missed == 0 ? "an unknown number" : "up to " + missed)
        + (gap.path("device_entity_id").isNull()
            ? ""
            : " of " + gap.path("device_entity_id").asText())
        + ", from "
        + gap.path("from").asText()
        + " to "
        + gap.path("to").asText()
        + " ('fleetcast logs' with --since and --until shows them)";
  }
}
