package org.fleetcast.it;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.Postgres;

/** A server with a fleet of its own that rotates, in a database that the test can look into. */
final class Fleet {
  static final String PROVISIONING = "iotsupport/updates/provisioning";

  private final Postgres database;
  private final Fleetcast server;

  private final String topic;

  private Fleet(Postgres database, Fleetcast server, String topic) {
    this.database = database;
    this.server = server;
    this.topic = topic;
  }

  /** A server, not started yet, on that database and broker, which nobody else's logs reach. */
  static Fleet prepared(Postgres database, Mosquitto broker) {
    String name = Operator.unique("rotation").replace('.', '-');
    Fleetcast server =
        Fleetcast.prepared()
            .with("DATABASE_URL", database.url())
            .with("DATABASE_USERNAME", database.user())
            .with("DATABASE_PASSWORD", database.password())
            .with("MQTT_URL", broker.url())
            .with("MQTT_CLIENT_ID", name)
            .with("LOG_TOPIC", name + "/logsink");
    return new Fleet(database, server, name + "/logsink");
  }

  Fleetcast server() {
    return server;
  }

  /** On which its devices publish. */
  String topic() {
    return topic;
  }

  URI uri() {
    return server.uri();
  }

  Api editor() {
    return Api.at(uri()).withBearer(Api.at(uri()).editorToken());
  }

  /** Registers devices under a new model. */
  List<FleetDevice> enrol(int count) {
    Api editor = editor();
    int model = new Registry(editor).newModel();
    return IntStream.range(0, count)
        .mapToObj(i -> FleetDevice.enrolled(uri(), editor, model))
        .toList();
  }

  /** Removes every device. */
  void dismiss() {
    Api editor = editor();
    editor.get("/api/devices").json().getJsonArray("devices").stream()
        .map(JsonValue::asJsonObject)
        .forEach(device -> editor.delete("/api/devices/" + device.getInt("id")));
  }

  JsonObject status() {
    return editor().get("/api/rotation/status").json();
  }

  /** How many devices are in a state. */
  int count(String state) {
    return status().getJsonObject("counts_by_state").getInt(state);
  }

  String stateOf(FleetDevice unit) {
    return editor().get("/api/devices/" + unit.id()).json().getString("rotation_state");
  }

  /** One cycle of the job, from this machine. */
  JsonObject cycle() {
    return Api.at(uri()).post("/internal/rotation-job").json();
  }

  /** Runs a statement in the database, behind the server's back. */
  void sql(String statement) {
    try (Connection connection = connect();
        Statement any = connection.createStatement()) {
      any.execute(statement);
    } catch (SQLException failed) {
      throw new IllegalStateException(statement, failed);
    }
  }

  /** The first column of the first row. */
  String query(String select) {
    try (Connection connection = connect();
        Statement any = connection.createStatement();
        ResultSet rows = any.executeQuery(select)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    } catch (SQLException failed) {
      throw new IllegalStateException(select, failed);
    }
  }

  /** Lets nobody read or write a table until the connection is closed. */
  Connection locked(String table) throws SQLException {
    Connection connection = connect();
    connection.setAutoCommit(false);
    try (Statement lock = connection.createStatement()) {
      lock.execute("lock table " + table + " in access exclusive mode");
    }
    return connection;
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(database.url(), database.user(), database.password());
  }
}
