package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;

/** A server with little heap, a broker of its own, and what is stored before a load begins. */
final class LoadTarget implements AutoCloseable {
  static final String HEAP = System.getProperty("fleetcast.loads.heap", "512m");
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final int CHARACTERS_A_REQUEST = 4_000_000;

  private final Elasticsearch elasticsearch;
  private final Mosquitto broker;
  private final Fleetcast server;
  private final Operator operator;
  private final Operator greedy;

  private LoadTarget(Elasticsearch elasticsearch, Mosquitto broker, Fleetcast server) {
    this.elasticsearch = elasticsearch;
    this.broker = broker;
    this.server = server;
    this.operator = Operator.editor(server);
    this.greedy = Operator.viewer(server, "greedy");
  }

  /** Starts them. */
  static LoadTarget open(Elasticsearch elasticsearch, Map<String, String> settings) {
    Mosquitto broker = Mosquitto.open();
    Fleetcast server =
        Fleetcast.prepared()
            .with("JVM_ARGS", Fleetcast.QUICK_TO_START + " -Xmx" + HEAP)
            .with("MQTT_URL", broker.url())
            .with("ELASTICSEARCH_URL", elasticsearch.uri().toString())
            .with("FLEETCAST_LOCAL_TOKEN_SECONDS", "14400")
            // What is kept for who comes back is let go of while we wait for it.
            .with("SSE_RESUME_SECONDS", "5");
    settings.forEach(server::with);
    return new LoadTarget(elasticsearch, broker, server.start());
  }

  Fleetcast server() {
    return server;
  }

  String greedyToken() {
    return greedy.token();
  }

  Elasticsearch elasticsearch() {
    return elasticsearch;
  }

  Bystanders bystanders() {
    String entity = Operator.unique("canary");
    int device = operator.device(entity);
    String token = Operator.viewer(server, "bystander").token();
    return new Bystanders(server.uri(), broker.uri(), entity, device, token);
  }

  Burden crowd(CrowdPlan plan) {
    try {
      return Crowd.before(server.uri().getPort(), plan);
    } catch (IOException exhausted) {
      throw new UncheckedIOException(exhausted);
    }
  }

  Burden flood(List<Supplier<byte[]>> messages) {
    return new Flood(broker.uri(), messages);
  }

  /** Registers a device with that much in Elasticsearch, put there directly; gives its id. */
  int stored(int lines, int length) {
    Api api = Api.at(elasticsearch.uri());
    Awaitility.await("the template")
        .atMost(SOON)
        .until(() -> api.get("/_index_template/fleetcast-logs").status() == 200);
    String entity = Operator.unique("stored");
    Random random = new Random(1);
    Instant first = Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.SECONDS);
    StringBuilder bulk = new StringBuilder();
    for (int line = 0; line < lines; line++) {
      bulk.append(document(entity, first.plusNanos(1_000L * (line + 1)), random, length));
      if (bulk.length() >= CHARACTERS_A_REQUEST || line == lines - 1) {
        Api.Answer answer = api.send("POST", "/_bulk", "application/x-ndjson", bulk.toString());
        assertThat(answer.body()).contains("\"errors\":false");
        bulk.setLength(0);
      }
    }
    api.post("/logstash-http-*/_refresh");
    return operator.device(entity);
  }

  /** As the server writes them. */
  private static String document(String entity, Instant at, Random random, int length) {
    long micros = ChronoUnit.MICROS.between(Instant.EPOCH, at);
    String id = micros + "-stored";
    String day = at.toString().substring(0, 10).replace('-', '.');
    String time = at.truncatedTo(ChronoUnit.SECONDS).toString().replace("Z", "");
    StringBuilder text = new StringBuilder();
    random.ints(length, 'a', 'z' + 1).forEach(letter -> text.append((char) letter));
    return """
        {"create":{"_index":"logstash-http-%s","_id":"%s"}}
        {"entity_id":"%s","id":"%s","@timestamp":"%s.%06dZ","message":"%s"}
        """
        .formatted(day, id, entity, id, time, micros % 1_000_000, text);
  }

  /** Registers devices that each log a line; gives their number once the fleet's page has it. */
  int fleet(int devices) {
    List<Supplier<byte[]>> lines = new ArrayList<>();
    for (int i = 0; i < devices; i++) {
      String entity = Operator.unique("member");
      operator.device(entity);
      lines.add(() -> Payloads.goodLines(entity, 1, 10));
    }
    try (Burden flood = flood(lines)) {
      Awaitility.await("the fleet").atMost(SOON).until(() -> heardOf() >= devices);
      return devices;
    }
  }

  /** Of how many devices the fleet's page says when they logged last. */
  long heardOf() {
    return operator
        .api()
        .get("/api/devices/activity")
        .json()
        .getJsonArray("devices")
        .getValuesAs(JsonObject.class)
        .stream()
        .filter(device -> !device.isNull("last_line_at"))
        .count();
  }

  /** How many documents there are in those indices, of one entity or ("") of all. */
  int count(String indices, String entity) {
    Api api = Api.at(elasticsearch.uri());
    api.post("/" + indices + "/_refresh");
    String query =
        entity.isEmpty() ? "{}" : "{\"query\":{\"term\":{\"entity_id\":\"" + entity + "\"}}}";
    Api.Answer answer = api.post("/" + indices + "/_count", query);
    return answer.status() == 200 ? answer.json().getInt("count") : 0;
  }

  /** Bytes of everything that the server wrote into its logs. */
  long logged() {
    try (Stream<Path> files = Files.walk(server.logs())) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException changing) {
      throw new UncheckedIOException(changing);
    }
  }

  @Override
  public void close() {
    server.close();
    broker.close();
  }
}
