package org.fleetcast.bench;

import jakarta.json.Json;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Part;

/** The packaged server with Elasticsearch and Mosquitto; a message goes in by MQTT with QoS 1. */
final class FleetcastSide implements Side, Part {
  static final String ENTITY = "bench.device";
  private static final String TOPIC = "iotsupport/logsink";

  private final Elasticsearch elasticsearch;
  private final Fleetcast server;
  private final MqttPublisher publisher;
  private final int device;

  /**
   * @param server not started yet; it is closed with this, the other two are not
   */
  FleetcastSide(Elasticsearch elasticsearch, Mosquitto broker, Fleetcast server) {
    this.elasticsearch = elasticsearch;
    this.server =
        server
            .with("MQTT_URL", broker.url())
            .with("ELASTICSEARCH_URL", elasticsearch.uri().toString())
            .with("SSE_MAX_CONNECTIONS_PER_SUBJECT", "20000")
            // A reader of the benchmark does not log in again.
            .with("FLEETCAST_LOCAL_TOKEN_SECONDS", "7200")
            .start();
    publisher = MqttPublisher.connected(broker.uri());
    device = register();
  }

  private int register() {
    int model =
        editor()
            .post(
                "/api/device-models",
                Json.createObjectBuilder().add("code", "bench").add("name", "Bench").build())
            .json()
            .getInt("id");
    String config = Json.createObjectBuilder().add("deviceEntityId", ENTITY).build().toString();
    return editor()
        .post(
            "/api/devices",
            Json.createObjectBuilder().add("device_model_id", model).add("config", config).build())
        .json()
        .getInt("id");
  }

  Api editor() {
    return anybody().withBearer(anybody().editorToken());
  }

  Api anybody() {
    return Api.at(server.uri());
  }

  Fleetcast server() {
    return server;
  }

  Elasticsearch elasticsearch() {
    return elasticsearch;
  }

  @Override
  public String name() {
    return "Fleetcast";
  }

  @Override
  public long pid() {
    return server.pid();
  }

  @Override
  public int port() {
    return server.uri().getPort();
  }

  @Override
  public Readers.Request request() {
    return request("Authorization: Bearer " + anybody().editorToken() + "\r\n");
  }

  Readers.Request request(String headers) {
    return new Readers.Request("/api/devices/" + device + "/logs/stream?tail=0", headers);
  }

  /** A stream of the fleet, with what else its query is to say. */
  Readers.Request fleetRequest(String more) {
    return new Readers.Request("/api/logs/stream?tail=0" + more, request().headers());
  }

  int device() {
    return device;
  }

  /** A stream that follows no device. */
  Readers.Request idleRequest() {
    return new Readers.Request("/api/sse/stream?request_id={n}", request().headers());
  }

  @Override
  public void publish(byte[] message) {
    publisher.publish(TOPIC, message);
  }

  @Override
  public void close() {
    publisher.close();
    server.close();
  }
}
