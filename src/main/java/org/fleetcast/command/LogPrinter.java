package org.fleetcast.command;

import java.util.List;
import org.fleetcast.live.LogLevel;
import org.fleetcast.sink.StoredLine;

/**
 * Shows log lines, live and stored ones alike.
 *
 * @param json whether each is shown as the JSON that it is stored as
 * @param fleet whether each names its entity
 */
record LogPrinter(Terminal terminal, boolean json, boolean fleet) {
  /** Shows them; tells whether somebody still reads. */
  boolean print(List<StoredLine> lines) {
    lines.forEach(line -> terminal.line(text(line)));
    return !terminal.isGone();
  }

  private String text(StoredLine line) {
    if (json) {
      return String.valueOf(line.fields());
    }
    String entity = line.entityId() == null ? "-" : line.entityId();
    String text = fleet ? line.textOf(entity) : line.text();
    String withoutEnd = text.substring(0, text.length() - 1);
    return terminal.inColour(LogLevel.counted(line.level()), withoutEnd);
  }
}
