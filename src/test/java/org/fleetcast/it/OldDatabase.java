package org.fleetcast.it;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.fleetcast.stack.Postgres;
import org.jspecify.annotations.Nullable;

/** A database of the service that Fleetcast replaces, with its tables, beside ours. */
final class OldDatabase {
  private static final String TABLES =
      """
      create table device_models (
        id serial primary key, code varchar(50) not null unique, name varchar(255) not null,
        firmware_version varchar(50), config_schema text,
        created_at timestamp not null default now(), updated_at timestamp not null default now());
      create table devices (
        id serial primary key, key varchar(8) not null unique,
        device_model_id integer not null references device_models on delete cascade,
        config text, device_name varchar(255), device_entity_id varchar(255), enable_ota boolean,
        active boolean default true, rotation_state varchar(20) not null,
        cached_secret varchar(500), secret_created_at timestamp,
        last_rotation_attempt_at timestamp, last_rotation_completed_at timestamp,
        created_at timestamp not null default now(), updated_at timestamp not null default now());
      create table settings (key varchar(255) primary key, value text, updated_at timestamp);
      create table firmware_versions (id serial primary key);
      create table coredumps (id serial primary key);
      insert into settings values ('LAST_SCHEDULED_AT', '2026-01-03T08:00:00', now());
      insert into firmware_versions select generate_series(1, 2);
      insert into coredumps select generate_series(1, 3);
      """;

  private final Postgres server;
  private final String url;

  private OldDatabase(Postgres server, String url) {
    this.server = server;
    this.url = url;
  }

  static OldDatabase created(Postgres server) throws SQLException {
    String name = Operator.unique("old").replace('.', '_');
    new OldDatabase(server, server.url()).run("create database " + name);
    OldDatabase old =
        new OldDatabase(server, server.url().replaceFirst("/postgres\\b", "/" + name));
    old.run(TABLES);
    return old;
  }

  String url() {
    return url;
  }

  void model(int id, String code, @Nullable String schema) throws SQLException {
    run(
        "insert into device_models (id, code, name, config_schema) values (?, ?, ?, ?)",
        id,
        code,
        "Model " + code,
        schema);
  }

  /** A device, with the secret that it had before its turn where that is put aside. */
  void device(
      int id,
      String key,
      int model,
      String config,
      String state,
      @Nullable String secret,
      Instant at)
      throws SQLException {
    run(
        "insert into devices (id, key, device_model_id, config, rotation_state, cached_secret,"
            + " secret_created_at, last_rotation_attempt_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        key,
        model,
        config,
        state,
        secret,
        LocalDateTime.ofInstant(at.minusSeconds(86_400), ZoneOffset.UTC),
        LocalDateTime.ofInstant(at, ZoneOffset.UTC));
  }

  private void run(String sql, @Nullable Object... values) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(url, server.user(), server.password());
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.execute();
    }
  }

  /** A secret as that service kept it: Fernet, under the SHA-256 of its {@code SECRET_KEY}. */
  static String sealed(String secret, String secretKey) throws GeneralSecurityException {
    byte[] key =
        MessageDigest.getInstance("SHA-256").digest(secretKey.getBytes(StandardCharsets.UTF_8));
    byte[] iv = Arrays.copyOfRange(key, 8, 24);
    Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(key, 16, 16, "AES"), new IvParameterSpec(iv));
    ByteArrayOutputStream token = new ByteArrayOutputStream();
    token.write(0x80);
    token.writeBytes(ByteBuffer.allocate(8).putLong(1_770_000_000L).array());
    token.writeBytes(iv);
    token.writeBytes(cipher.doFinal(secret.getBytes(StandardCharsets.UTF_8)));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, 0, 16, "HmacSHA256"));
    token.writeBytes(mac.doFinal(token.toByteArray()));
    return Base64.getUrlEncoder().encodeToString(token.toByteArray());
  }
}
