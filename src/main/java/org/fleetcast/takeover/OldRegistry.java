package org.fleetcast.takeover;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the older service's database holds. Its times have no zone and mean UTC.
 *
 * @param lastScheduled when the schedule last queued its fleet, as it wrote it
 * @param firmwares how many firmware versions stay behind
 * @param coredumps how many core dumps stay behind
 */
record OldRegistry(
    List<Model> models,
    List<Device> devices,
    @Nullable String lastScheduled,
    long firmwares,
    long coredumps) {

  /** A model; its firmware is not among what is taken over. */
  record Model(
      int id,
      String code,
      String name,
      @Nullable String configSchema,
      @Nullable Instant createdAt,
      @Nullable Instant updatedAt) {

    /** An empty schema is none: nothing could be held against it. */
    Model {
      configSchema = configSchema == null || configSchema.isBlank() ? null : configSchema;
    }

    Model withoutSchema() {
      return new Model(id, code, name, null, createdAt, updatedAt);
    }
  }

  /**
   * A device, and where its rotation stands.
   *
   * @param modelId null when it has none
   */
  record Device(
      int id,
      String key,
      @Nullable Integer modelId,
      @Nullable String config,
      @Nullable String name,
      @Nullable String entityId,
      @Nullable Boolean enableOta,
      boolean active,
      @Nullable String rotationState,
      @Nullable String cachedSecret,
      @Nullable Instant secretCreatedAt,
      @Nullable Instant lastAttemptAt,
      @Nullable Instant lastCompletedAt,
      @Nullable Instant createdAt,
      @Nullable Instant updatedAt) {

    /** The same with what its config says of itself. */
    Device called(
        @Nullable String newName, @Nullable String newEntityId, @Nullable Boolean newEnableOta) {
      return new Device(
          id,
          key,
          modelId,
          config,
          newName,
          newEntityId,
          newEnableOta,
          active,
          rotationState,
          cachedSecret,
          secretCreatedAt,
          lastAttemptAt,
          lastCompletedAt,
          createdAt,
          updatedAt);
    }

    /** Names no secret, not even a sealed one. */
    @Override
    public String toString() {
      return "Device[id=" + id + ", key=" + key + "]";
    }
  }

  private interface Row<T> {
    T of(ResultSet row) throws SQLException;
  }

  /** Reads it, from one moment, and changes nothing. */
  static OldRegistry read(Connection database) throws SQLException {
    database.setReadOnly(true);
    database.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    database.setAutoCommit(false);
    List<String> scheduled =
        all(
            database,
            "select value from settings where key = 'LAST_SCHEDULED_AT' and value is not null",
            row -> row.getString(1));
    OldRegistry read =
        new OldRegistry(
            all(database, "select * from device_models order by id", OldRegistry::model),
            all(database, "select * from devices order by id", OldRegistry::device),
            scheduled.isEmpty() ? null : scheduled.get(0),
            count(database, "firmware_versions"),
            count(database, "coredumps"));
    database.rollback();
    return read;
  }

  private static Model model(ResultSet row) throws SQLException {
    return new Model(
        row.getInt("id"),
        row.getString("code"),
        row.getString("name"),
        row.getString("config_schema"),
        time(row, "created_at"),
        time(row, "updated_at"));
  }

  private static Device device(ResultSet row) throws SQLException {
    Boolean active = row.getObject("active", Boolean.class);
    return new Device(
        row.getInt("id"),
        row.getString("key"),
        row.getObject("device_model_id", Integer.class),
        row.getString("config"),
        row.getString("device_name"),
        row.getString("device_entity_id"),
        row.getObject("enable_ota", Boolean.class),
        active == null || active,
        row.getString("rotation_state"),
        row.getString("cached_secret"),
        time(row, "secret_created_at"),
        time(row, "last_rotation_attempt_at"),
        time(row, "last_rotation_completed_at"),
        time(row, "created_at"),
        time(row, "updated_at"));
  }

  private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    LocalDateTime time = row.getObject(column, LocalDateTime.class);
    return time == null ? null : time.toInstant(ZoneOffset.UTC);
  }

  /** Earlier versions of the older service had fewer tables; nothing is taken of these. */
  private static long count(Connection database, String table) throws SQLException {
    boolean there =
        all(database, "select to_regclass('" + table + "') is not null", row -> row.getBoolean(1))
            .get(0);
    return there ? all(database, "select count(*) from " + table, row -> row.getLong(1)).get(0) : 0;
  }

  private static <T> List<T> all(Connection database, String select, Row<T> each)
      throws SQLException {
    try (Statement statement = database.createStatement();
        ResultSet rows = statement.executeQuery(select)) {
      List<T> all = new ArrayList<>();
      while (rows.next()) {
        all.add(each.of(rows));
      }
      return all;
    }
  }
}
