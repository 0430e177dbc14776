package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What a server's health endpoints say of its parts, in sentences. */
final class ServerHealth {
  private static final String SETTINGS = "src/site/markdown/configuration.md";

  private ServerHealth() {}

  /** What the checks of {@code /health/ready} and {@code /health/live} mean. */
  static List<Finding> findings(JsonNode health) {
    List<Finding> findings = new ArrayList<>();
    for (JsonNode check : health.path("checks")) {
      boolean up = check.path("status").asText().equals("UP");
      JsonNode data = check.path("data");
      switch (check.path("name").asText()) {
        case "mqtt" -> findings.add(broker(up, data));
        case "logs" -> {
          findings.add(journal(data));
          findings.add(elasticsearch(data));
        }
        case "database" -> findings.add(database(up, data));
        default -> {
          if (!up) {
            findings.add(ended(check));
          }
        }
      }
    }
    return findings;
  }

  private static Finding broker(boolean up, JsonNode data) {
    if (data.path("sink").asText().equals("off")) {
      return Finding.note(
          "broker", "The server has no broker, so it takes no lines", "Set MQTT_URL there.");
    }
    if (up && data.path("sink").asText().equals("standby")) {
      return Finding.ok("broker", "Another replica takes lines, this one waits for its turn");
    }
    String state = data.path("state").asText();
    if (up && state.equals("connected")) {
      return Finding.ok("broker", "The server is connected, and takes lines");
    }
    return Finding.bad(
        "broker",
        "The server's connection is "
            + state
            + ": "
            + data.path("reason").asText("no reason known"),
        "Look whether the broker runs, and at the settings MQTT_* of the server. Lines wait at the"
            + " broker meanwhile.");
  }

  private static Finding journal(JsonNode data) {
    String state = data.path("journal").asText();
    if (state.equals("ok")) {
      return Finding.ok(
          "journal",
          "%d bytes wait for Elasticsearch, the oldest line for %d s"
              .formatted(
                  data.path("journal_bytes").asLong(), data.path("journal_age_seconds").asLong()));
    }
    return Finding.bad(
        "journal",
        "The journal is not well: " + state,
        "Full: mend Elasticsearch below, or raise JOURNAL_MAX_BYTES. Cannot be written: make room on"
            + " the volume of JOURNAL_DIR. The broker keeps the lines.");
  }

  private static Finding elasticsearch(JsonNode data) {
    String state = data.path("elasticsearch").asText();
    String templates = data.path("templates").asText("ok");
    if (state.equals("off")) {
      return Finding.note(
          "elasticsearch",
          "The server has no Elasticsearch, so history is what the journal holds",
          "Set ELASTICSEARCH_URL there.");
    }
    if (!state.equals("ok")) {
      return Finding.bad(
          "elasticsearch",
          "Lines are not stored: " + state,
          "They wait in the journal. Look whether it runs, at ELASTICSEARCH_*, and at the"
              + " privileges in "
              + SETTINGS
              + ".");
    }
    if (!templates.equals("ok")) {
      return Finding.bad(
          "elasticsearch",
          "Not all index templates are as they should be: " + templates,
          "A security_exception: give the login the privilege manage_index_templates. Else correct"
              + " the template that is named; "
              + SETTINGS
              + " has what may be in one.");
    }
    return Finding.ok("elasticsearch", "The server stores lines");
  }

  private static Finding database(boolean up, JsonNode data) {
    if (!up) {
      return Finding.bad(
          "database",
          "The server's database is away, or has not answered for some seconds",
          "Look whether it runs, and at DATABASE_URL, DATABASE_USERNAME and DATABASE_PASSWORD of"
              + " the server.");
    }
    return data.path("read_only").asBoolean()
        ? Finding.note(
            "database",
            "The server's database takes no writes: devices can be seen but not changed",
            "A replica was perhaps not promoted: DATABASE_URL has to name the primary.")
        : Finding.ok("database", "The server reads and writes it");
  }

  private static Finding ended(JsonNode check) {
    return Finding.bad(
        "server",
        "%s is down: %s"
            .formatted(check.path("name").asText(), check.path("data").path("ended").asText("")),
        "Only a restart of the server begins it again; its log says why it ended.");
  }
}
