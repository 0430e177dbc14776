package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Folders;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Progress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operations.md says of back-up and restore, step by step. */
@Tag("long")
class BackupIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String KEY = "the key that is kept with the database";
  private static final List<String> FOLDERS = List.of("data", "journal", "resources");

  @TempDir Path shelf;

  @Test
  void what_was_saved_brings_back_registry_credentials_and_every_line() {
    Elasticsearch elasticsearch = Elasticsearch.prepared(Progress.silent());
    try (Mosquitto broker = Mosquitto.open();
        elasticsearch) {
      Fleetcast lost = server(broker).startWith(elasticsearch);
      URI index = elasticsearch.uri();
      Operator operator = Operator.editor(lost);
      int model = new Registry(operator.api()).newModel();
      FleetDevice unit = FleetDevice.enrolled(lost.uri(), operator.api(), model);
      String entity = Operator.unique("saved");
      int device = operator.device(entity);
      String keys = operator.api().get("/api/auth/jwks").body();
      publish(broker, entity, "stored", 20);
      Awaitility.await().atMost(SOON).until(() -> stored(index, entity) == 20);

      elasticsearch.suspend();
      publish(broker, entity, "waiting", 10);
      Awaitility.await().atMost(SOON).until(() -> taken(operator.api()) == 30);
      lost.stop();
      FOLDERS.forEach(name -> Folders.copy(lost.output().resolve(name), shelf.resolve(name)));
      elasticsearch.resume();
      snapshot(elasticsearch);
      lost.close();
      indices(index).forEach(name -> Api.at(index).delete("/" + name));
      assertThat(indices(index)).isEmpty();

      try (Fleetcast found = server(broker)) {
        Api.at(index).post("/_snapshot/shelf/one/_restore?wait_for_completion=true", "{}");
        FOLDERS.forEach(name -> Folders.copy(shelf.resolve(name), found.output().resolve(name)));
        found.startWith(elasticsearch);

        Awaitility.await().atMost(SOON).until(() -> stored(index, entity) == 30);
        Operator again = Operator.editor(found);
        assertThat(messages(again, device))
            .containsExactlyElementsOf(
                Stream.of(Sensor.numbered("stored", 20), Sensor.numbered("waiting", 10))
                    .flatMap(List::stream)
                    .toList());
        Api.at(found.uri()).token(unit.clientId(), unit.secret());
        assertThat(again.api().get("/api/auth/jwks").body()).isEqualTo(keys);
      }
    }
  }

  private static Fleetcast server(Mosquitto broker) {
    return Fleetcast.prepared().with("MQTT_URL", broker.url()).with("SECRET_KEY", KEY);
  }

  private static void snapshot(Elasticsearch elasticsearch) {
    Api api = Api.at(elasticsearch.uri());
    String location = elasticsearch.repository().toString();
    api.send(
        "PUT",
        "/_snapshot/shelf",
        "application/json",
        "{\"type\":\"fs\",\"settings\":{\"location\":\"%s\"}}".formatted(location));
    Api.Answer taken =
        api.send(
            "PUT",
            "/_snapshot/shelf/one?wait_for_completion=true",
            "application/json",
            "{\"indices\":\"logstash-http-*\",\"include_global_state\":false}");
    assertThat(taken.body()).contains("\"SUCCESS\"");
  }

  private static void publish(Mosquitto broker, String entity, String what, int count) {
    try (MqttPublisher publisher = MqttPublisher.connected(broker.uri())) {
      for (String message : Sensor.numbered(what, count)) {
        publisher.publish(
            TOPIC, "{\"entity_id\":\"%s\",\"message\":\"%s\"}".formatted(entity, message));
      }
    }
  }

  private static int stored(URI index, String entity) {
    String query =
        "/logstash-http-*/_count?ignore_unavailable=true&q=entity_id:%22" + entity + "%22";
    JsonObject answer = Api.at(index).get(query).json();
    return answer.getInt("count", -1);
  }

  private static int taken(Api api) {
    return (int) api.metric("iot_logsink_messages_received_total", "success");
  }

  private static List<String> indices(URI index) {
    return Api.at(index).get("/_cat/indices/logstash-http-*?h=index").body().lines().toList();
  }

  private static List<String> messages(Operator operator, int device) {
    return operator
        .logs(device, "")
        .json()
        .getJsonArray("logs")
        .getValuesAs(JsonObject.class)
        .stream()
        .map(line -> line.getString("message"))
        .toList();
  }
}
