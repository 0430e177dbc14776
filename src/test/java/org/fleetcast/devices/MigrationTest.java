package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationTest {
  @Test
  void the_schema_is_made_on_the_embedded_database(@TempDir Path folder) throws SQLException {
    JdbcDataSource h2 = new JdbcDataSource();
    h2.setURL(
        "jdbc:h2:file:"
            + folder.resolve("fleetcast")
            + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH");
    holdsWhatTheRegistryReliesOn(h2);
  }

  @Test
  void the_schema_is_made_on_postgres() throws IOException, SQLException {
    try (EmbeddedPostgres postgres = postgres()) {
      holdsWhatTheRegistryReliesOn(postgres.getPostgresDatabase());
    }
  }

  @Test
  void every_earlier_schema_is_brought_up_to_date_with_what_is_in_it() throws Exception {
    try (EmbeddedPostgres postgres = postgres()) {
      DataSource database = postgres.getPostgresDatabase();
      int versions = Migration.migrate(database).migrationsExecuted;
      for (int version = 1; version < versions; version++) {
        String name = "from" + version;
        try (Connection connection = database.getConnection();
            Statement sql = connection.createStatement()) {
          sql.execute("create database " + name);
        }
        isBroughtUpToDate(postgres.getDatabase("postgres", name), version, versions);
      }
    }
  }

  /** Given longer to start than it takes on a slow machine. */
  private static EmbeddedPostgres postgres() throws IOException {
    return EmbeddedPostgres.builder().setPGStartupWait(Duration.ofMinutes(2)).start();
  }

  private static void isBroughtUpToDate(DataSource database, int version, int versions)
      throws SQLException {
    Migration.schema(database).target(Integer.toString(version)).load().migrate();
    try (Connection connection = database.getConnection();
        Statement sql = connection.createStatement()) {
      sql.execute(model(1, "a"));
      assertThat(Migration.migrate(database).migrationsExecuted).isEqualTo(versions - version);
      try (ResultSet kept = sql.executeQuery("select code from device_model")) {
        assertThat(kept.next()).isTrue();
        assertThat(kept.getString(1)).isEqualTo("a");
      }
    }
  }

  private static void holdsWhatTheRegistryReliesOn(DataSource database) throws SQLException {
    assertThat(Migration.migrate(database).migrationsExecuted).isPositive();
    assertThat(Migration.migrate(database).migrationsExecuted).isZero();
    try (Connection connection = database.getConnection();
        Statement sql = connection.createStatement()) {
      sql.execute(model(1, "a"));
      refuses(sql, model(2, "a"), WriteRefusal.NOT_UNIQUE);
      sql.execute(device(1, "aaaaaaaa", 1, "OK"));
      refuses(sql, device(2, "aaaaaaaa", 1, "OK"), WriteRefusal.NOT_UNIQUE);
      refuses(sql, device(2, "bbbbbbbb", 9, "OK"), WriteRefusal.REFERENCE);
      refuses(sql, device(2, "bbbbbbbb", 1, "PENDING"), WriteRefusal.OTHER);
      refuses(sql, "delete from device_model where id = 1", WriteRefusal.REFERENCE);
      refuses(sql, "insert into rotation (id) values (2)", WriteRefusal.OTHER);
      sql.execute("update rotation set pending_device_id = 1");
      sql.execute("delete from device where id = 1");
      try (ResultSet rotation = sql.executeQuery("select pending_device_id from rotation")) {
        assertThat(rotation.next()).isTrue();
        assertThat(rotation.getObject(1)).isNull();
        assertThat(rotation.next()).isFalse();
      }
      refusesWhatALaterVersionLeft(database, sql);
    }
  }

  private static void refusesWhatALaterVersionLeft(DataSource database, Statement sql)
      throws SQLException {
    sql.execute(
        "insert into flyway_schema_history (installed_rank, version, description, type, script,"
            + " checksum, installed_by, execution_time, success) values"
            + " (999, '999', 'later', 'SQL', 'V999__later.sql', 1, 'x', 1, true)");
    assertThatThrownBy(() -> Migration.migrate(database))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "DATABASE_URL: a later version of Fleetcast has migrated this database (to 999): start"
                + " that version, or restore the back-up that was made before it");
  }

  private static void refuses(Statement sql, String statement, WriteRefusal expected) {
    assertThatThrownBy(() -> sql.execute(statement))
        .satisfies(refused -> assertThat(WriteRefusal.of(refused)).isEqualTo(expected));
  }

  private static String model(int id, String code) {
    return "insert into device_model (id, code, name, created_at, updated_at) values ("
        + (id + ", '" + code + "', 'A', current_timestamp, current_timestamp)");
  }

  private static String device(int id, String key, int model, String state) {
    return "insert into device (id, device_key, device_model_id, active, config, rotation_state,"
        + " created_at, updated_at) values ("
        + (id + ", '" + key + "', " + model + ", true, '{}', '" + state + "',")
        + " current_timestamp, current_timestamp)";
  }
}
