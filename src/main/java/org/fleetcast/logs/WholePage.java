package org.fleetcast.logs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.nio.charset.StandardCharsets;

/** A page of lines with all that the devices sent, whose numbers stay as they were written. */
final class WholePage {
  private WholePage() {}

  /** The page as JSON. */
  static byte[] of(Page page) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ArrayNode logs = body.putArray("logs");
    for (Row row : page.rows()) {
      ObjectNode line = logs.addObject();
      line.put("id", row.id());
      line.put("timestamp", LogTime.text(row.at()));
      line.put("message", row.message());
      line.put("level", row.level());
      line.putRawValue("fields", new RawValue(row.fields()));
    }
    body.put("has_more", page.more());
    body.put("window_start", page.windowStart());
    body.put("window_end", page.windowEnd());
    body.put("next_cursor", page.cursor());
    return body.toString().getBytes(StandardCharsets.UTF_8);
  }
}
