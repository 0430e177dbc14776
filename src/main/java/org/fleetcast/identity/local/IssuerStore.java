package org.fleetcast.identity.local;

import jakarta.annotation.Resource;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.fleetcast.problem.DatabaseFailure;
import org.fleetcast.problem.DatabaseOutage;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/**
 * The tables of the local issuer. Each call is one statement and takes part in the caller's
 * transaction, so a device and its client are made together or not at all.
 */
@Singleton
public class IssuerStore {
  // Not by constructor: the container injects a data source into a field or a setter only.
  @Resource(lookup = "jdbc/fleetcast")
  private DataSource database;

  private final DatabaseOutage outage;

  @Inject
  @SuppressWarnings("NullAway.Init")
  IssuerStore(DatabaseOutage outage) {
    this.outage = outage;
  }

  IssuerStore(DataSource database) {
    this.database = database;
    this.outage = new DatabaseOutage();
  }

  /** A client as it is stored. */
  record StoredClient(String clientId, String uuid, String sealedSecret) {}

  Optional<StoredClient> client(String clientId) {
    return query(
        "select client_id, uuid, sealed_secret from local_client where client_id = ?",
        row -> new StoredClient(row.getString(1), row.getString(2), row.getString(3)),
        clientId);
  }

  /** Whether it was added; false when the client id is taken. */
  boolean addClient(StoredClient client, Instant now) {
    return update(
            "insert into local_client (client_id, uuid, sealed_secret, created_at)"
                + " values (?, ?, ?, ?) on conflict do nothing",
            client.clientId(),
            client.uuid(),
            client.sealedSecret(),
            now)
        == 1;
  }

  /** Whether there was such a client to change. */
  boolean changeSecret(String clientId, String sealedSecret) {
    return update(
            "update local_client set sealed_secret = ? where client_id = ?", sealedSecret, clientId)
        == 1;
  }

  /** All clients, for whoever seals their secrets anew. */
  List<StoredClient> clients() {
    return list(
        "select client_id, uuid, sealed_secret from local_client",
        row -> new StoredClient(row.getString(1), row.getString(2), row.getString(3)));
  }

  /** Puts a secret in the place of the same one, unless that was changed meanwhile. */
  void resealSecret(String clientId, String sealedBefore, String sealed) {
    update(
        "update local_client set sealed_secret = ? where client_id = ? and sealed_secret = ?",
        sealed,
        clientId,
        sealedBefore);
  }

  /** Puts the signing key in the place of the same one, sealed under another key. */
  void resealSigningKey(String sealedBefore, String sealed) {
    update(
        "update local_signing_key set sealed_key = ? where id = 1 and sealed_key = ?",
        sealed,
        sealedBefore);
  }

  void removeClient(String clientId) {
    update("delete from local_client where client_id = ?", clientId);
  }

  Optional<String> signingKey() {
    return query("select sealed_key from local_signing_key where id = 1", row -> row.getString(1));
  }

  /** Adds the signing key, unless another replica was faster. */
  void addSigningKey(String sealedKey, Instant now) {
    update(
        "insert into local_signing_key (id, sealed_key, created_at) values (1, ?, ?)"
            + " on conflict do nothing",
        sealedKey,
        now);
  }

  boolean loggedOut(String sessionId) {
    return query(
            "select session_id from local_logout where session_id = ?",
            row -> row.getString(1),
            sessionId)
        .isPresent();
  }

  /** Remembers a session that logged out until it would have ended anyway. */
  void logOut(String sessionId, Instant expires, Instant now) {
    update("delete from local_logout where expires_at < ?", now);
    update(
        "insert into local_logout (session_id, expires_at) values (?, ?) on conflict do nothing",
        sessionId,
        expires);
  }

  /** On a connection that is cut it is repeated on another. */
  private <T> Optional<T> query(String sql, Row<T> row, Object... parameters) {
    outage.check();
    try {
      return read(sql, row, parameters);
    } catch (SQLException failure) {
      if (DatabaseFailure.of(failure).filter(DatabaseFailure.CUT::equals).isEmpty()) {
        throw unavailable(failure);
      }
      return repeated(sql, row, parameters);
    }
  }

  private <T> Optional<T> repeated(String sql, Row<T> row, Object... parameters) {
    try {
      return read(sql, row, parameters);
    } catch (SQLException failure) {
      throw unavailable(failure);
    }
  }

  private <T> Optional<T> read(String sql, Row<T> row, Object... parameters) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = prepare(connection, sql, parameters);
        ResultSet rows = statement.executeQuery()) {
      return rows.next() ? Optional.of(row.read(rows)) : Optional.empty();
    }
  }

  private <T> List<T> list(String sql, Row<T> row) {
    outage.check();
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet rows = statement.executeQuery()) {
      List<T> found = new ArrayList<>();
      while (rows.next()) {
        found.add(row.read(rows));
      }
      return found;
    } catch (SQLException failure) {
      throw unavailable(failure);
    }
  }

  private int update(String sql, Object... parameters) {
    outage.check();
    try (Connection connection = database.getConnection();
        PreparedStatement statement = prepare(connection, sql, parameters)) {
      return statement.executeUpdate();
    } catch (SQLException failure) {
      throw unavailable(failure);
    }
  }

  private static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      Object value = parameters[i];
      statement.setObject(
          i + 1, value instanceof Instant instant ? instant.atOffset(ZoneOffset.UTC) : value);
    }
    return statement;
  }

  private Problem unavailable(SQLException failure) {
    return outage
        .answer(failure)
        .orElseGet(
            () -> Problem.of(ProblemCode.INTERNAL_ERROR, "An internal error occurred", failure));
  }

  @FunctionalInterface
  private interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }
}
