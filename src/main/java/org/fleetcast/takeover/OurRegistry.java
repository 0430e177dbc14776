package org.fleetcast.takeover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.fleetcast.devices.Credential;
import org.fleetcast.devices.Device;
import org.fleetcast.devices.RotationState;
import org.fleetcast.identity.SecretBox;
import org.fleetcast.takeover.Plan.NewDevice;
import org.fleetcast.takeover.Plan.Present;
import org.jspecify.annotations.Nullable;

/** Our own database, to take things into. All is written in one transaction, or nothing is. */
final class OurRegistry {
  private static final String MODEL =
      "insert into device_model (id, code, name, config_schema, created_at, updated_at)"
          + " values (?, ?, ?, ?, ?, ?)";
  private static final String DEVICE =
      "insert into device (id, device_key, device_model_id, active, config, device_name,"
          + " device_entity_id, enable_ota, rotation_state, secret_created_at, cached_secret,"
          + " secret_regenerated_at, last_rotation_attempt_at, last_rotation_completed_at,"
          + " created_at, updated_at, rotation_timeouts, rotation_retry_at,"
          + " secret_withdrawn_from, secret_withdrawn_until)"
          + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

  private final Connection database;

  OurRegistry(Connection database) throws SQLException {
    this.database = database;
    database.setAutoCommit(false);
  }

  /** What is there; empty when the server has not made its tables yet. */
  Optional<Present> present() throws SQLException {
    try (ResultSet tables =
        database.getMetaData().getTables(null, null, null, new String[] {"TABLE"})) {
      boolean made = false;
      while (tables.next()) {
        made |= "ended_login".equalsIgnoreCase(tables.getString("TABLE_NAME"));
      }
      if (!made) {
        return Optional.empty();
      }
    }
    try (Statement statement = database.createStatement();
        ResultSet turn = // nobody rotates meanwhile
            statement.executeQuery(
                "select pending_device_id, last_scheduled_at from rotation where id = 1 for"
                    + " update")) {
      turn.next();
      boolean pending = turn.getObject(1) != null;
      boolean scheduled = turn.getObject(2) != null;
      return Optional.of(
          new Present(
              names("select id, code from device_model"),
              names("select id, device_key from device"),
              pending,
              scheduled));
    }
  }

  private Map<Integer, String> names(String select) throws SQLException {
    try (Statement statement = database.createStatement();
        ResultSet rows = statement.executeQuery(select)) {
      Map<Integer, String> names = new HashMap<>();
      while (rows.next()) {
        names.put(rows.getInt(1), rows.getString(2));
      }
      return names;
    }
  }

  /** Writes a plan for an old registry, with what {@link #present} locked. */
  void write(OldRegistry old, Plan plan, SecretBox box, Instant now) throws SQLException {
    for (OldRegistry.Model model : plan.models()) {
      insert(model, now);
    }
    for (NewDevice device : plan.devices()) {
      insert(device, box, now);
    }
    for (NewDevice device : plan.devices()) {
      if (device.state() == RotationState.PENDING) {
        set("update rotation set pending_device_id = ? where id = 1", device.old().id());
      }
    }
    if (plan.lastScheduled() != null) {
      set("update rotation set last_scheduled_at = ? where id = 1", time(plan.lastScheduled()));
    }
    if (!plan.models().isEmpty()) {
      passOver(
          "device_model_seq",
          "device_model",
          old.models().stream().mapToLong(OldRegistry.Model::id));
    }
    if (!plan.devices().isEmpty()) {
      passOver("device_seq", "device", old.devices().stream().mapToLong(OldRegistry.Device::id));
    }
    database.commit();
  }

  private void insert(OldRegistry.Model model, Instant now) throws SQLException {
    Instant created = Objects.requireNonNullElse(model.createdAt(), now);
    set(
        MODEL,
        model.id(),
        model.code(),
        model.name(),
        model.configSchema(),
        time(created),
        time(Objects.requireNonNullElse(model.updatedAt(), created)));
  }

  /**
   * A secret that was put aside may have been replaced at the issuer, which kills it at once. So a
   * token that is issued from now on comes from whichever secret is good, and completes the turn;
   * one that was issued since the turn began is as good as withdrawn once the old secret is
   * restored.
   */
  private void insert(NewDevice device, SecretBox box, Instant now) throws SQLException {
    OldRegistry.Device old = device.old();
    boolean late = device.state() == RotationState.TIMEOUT;
    boolean aside = device.oldSecret() != null;
    Instant created = Objects.requireNonNullElse(old.createdAt(), now);
    Instant attempt = aside ? Objects.requireNonNullElse(old.lastAttemptAt(), now) : null;
    set(
        DEVICE,
        old.id(),
        old.key(),
        old.modelId(),
        old.active(),
        device.config(),
        old.name(),
        old.entityId(),
        old.enableOta(),
        // Whose turn it is stands in the table of the rotation alone.
        (device.state() == RotationState.PENDING ? RotationState.QUEUED : device.state()).name(),
        time(old.secretCreatedAt()),
        sealed(device, box),
        time(aside ? now : null),
        time(old.lastAttemptAt()),
        time(old.lastCompletedAt()),
        time(created),
        time(Objects.requireNonNullElse(old.updatedAt(), created)),
        late ? 1 : 0,
        time(late ? now : null),
        time(attempt),
        time(attempt));
  }

  private static @Nullable String sealed(NewDevice device, SecretBox box) {
    String secret = device.oldSecret();
    return secret == null
        ? null
        : box.seal(
            secret, Credential.purpose(Device.clientId(device.modelCode(), device.old().key())));
  }

  private static @Nullable OffsetDateTime time(@Nullable Instant instant) {
    return instant == null ? null : instant.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
  }

  private void set(String sql, @Nullable Object... values) throws SQLException {
    try (PreparedStatement statement = database.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
  }

  /** The next number that is drawn is above all that are taken, and those that may be yet. */
  private void passOver(String sequence, String table, LongStream old) throws SQLException {
    long taken = Math.max(number("select max(id) from " + table), old.max().orElse(0));
    long first = Math.max(taken + 1, number("select nextval('" + sequence + "')"));
    try (Statement statement = database.createStatement()) {
      statement.execute("alter sequence " + sequence + " restart with " + first);
    }
  }

  private long number(String select) throws SQLException {
    try (Statement statement = database.createStatement();
        ResultSet row = statement.executeQuery(select)) {
      row.next();
      return row.getLong(1);
    }
  }
}
