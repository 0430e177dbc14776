package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.IntFunction;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SharedStack;

/**
 * Lines of a device that were stored long ago: put into Elasticsearch as the server writes them.
 */
record StoredLog(Sensor device) {
  private static final int CHARACTERS_A_REQUEST = 5_000_000;
  private static final Api ELASTICSEARCH = Api.at(SharedStack.get().elasticsearch().uri());

  /** Stores lines, the first at that time, each of the others so much later than the one before. */
  void add(Instant first, Duration apart, int count, IntFunction<String> message) {
    StringBuilder bulk = new StringBuilder();
    for (int i = 0; i < count; i++) {
      bulk.append(document(first.plus(apart.multipliedBy(i)), i, message.apply(i)));
      if (bulk.length() >= CHARACTERS_A_REQUEST || i == count - 1) {
        Api.Answer answer =
            ELASTICSEARCH.send("POST", "/_bulk", "application/x-ndjson", bulk.toString());
        assertThat(answer.body()).contains("\"errors\":false");
        bulk.setLength(0);
      }
    }
    ELASTICSEARCH.post("/logstash-http-*/_refresh");
  }

  private String document(Instant at, int number, String message) {
    long micros = ChronoUnit.MICROS.between(Instant.EPOCH, at);
    String second = at.truncatedTo(ChronoUnit.SECONDS).toString().replace("Z", "");
    String id = micros + "-" + device.id() + "-" + number;
    String line =
        Json.createObjectBuilder()
            .add("@timestamp", second + ".%06dZ".formatted(micros % 1_000_000))
            .add("entity_id", device.entityId())
            .add("id", id)
            .add("level", message.substring(0, 1))
            .add("tag", message.replaceAll("^. \\(\\d+\\) (\\w+):.*", "$1"))
            .add("message", message)
            .build()
            .toString();
    String index = "logstash-http-" + second.substring(0, 10).replace('-', '.');
    return "{\"create\":{\"_index\":\"%s\",\"_id\":\"%s\"}}\n%s\n".formatted(index, id, line);
  }
}
