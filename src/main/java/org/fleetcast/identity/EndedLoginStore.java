package org.fleetcast.identity;

import jakarta.annotation.Resource;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.sql.DataSource;
import org.fleetcast.problem.DatabaseOutage;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/** The table of ended logins, by which replicas hear of each other's sign-outs. */
@Singleton
class EndedLoginStore {
  // Not by constructor: the container injects a data source into a field or a setter only.
  @Resource(lookup = "jdbc/fleetcast")
  private DataSource database;

  private final DatabaseOutage outage;

  @Inject
  @SuppressWarnings("NullAway.Init")
  EndedLoginStore(DatabaseOutage outage) {
    this.outage = outage;
  }

  EndedLoginStore(DataSource database) {
    this.database = database;
    this.outage = new DatabaseOutage();
  }

  /** A row: the login, when it ended by the clock of the database, and until when it counts. */
  record Row(EndedLogin login, Instant endedAt, Instant expiresAt) {}

  /** Adds one, or says of one that is there that it ended again; never that it ended earlier. */
  void add(EndedLogin ended, Instant expiresAt, Instant now) {
    outage.check();
    try (Connection connection = database.getConnection()) {
      try (PreparedStatement forget =
          connection.prepareStatement("delete from ended_login where expires_at < ?")) {
        forget.setObject(1, utc(now));
        forget.executeUpdate();
      }
      while (!endAgain(connection, ended, expiresAt) && !insert(connection, ended, expiresAt)) {
        Thread.onSpinWait(); // another replica was first
      }
    } catch (SQLException failure) {
      throw unavailable(failure);
    }
  }

  private static boolean endAgain(Connection connection, EndedLogin ended, Instant expiresAt)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "update ended_login set ended_at = current_timestamp,"
                + " issued_until = greatest(issued_until, ?), expires_at = greatest(expires_at, ?)"
                + " where login = ?")) {
      update.setObject(1, utc(ended.issuedUntil()));
      update.setObject(2, utc(expiresAt));
      update.setString(3, ended.login());
      return update.executeUpdate() > 0;
    }
  }

  private static boolean insert(Connection connection, EndedLogin ended, Instant expiresAt)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into ended_login (login, subject, issued_until, ended_at, expires_at)"
                + " values (?, ?, ?, current_timestamp, ?) on conflict do nothing")) {
      String subject = ended.subject();
      insert.setString(1, ended.login());
      insert.setString(2, subject == null ? null : EndedLogin.cut(subject));
      insert.setObject(3, utc(ended.issuedUntil()));
      insert.setObject(4, utc(expiresAt));
      return insert.executeUpdate() > 0;
    }
  }

  /** What ended after a moment of the database's clock, and still counts; the newest if many. */
  List<Row> since(Instant endedAfter, Instant now) {
    outage.check();
    try (Connection connection = database.getConnection();
        PreparedStatement select =
            connection.prepareStatement(
                "select login, subject, issued_until, ended_at, expires_at from ended_login"
                    + " where ended_at > ? and expires_at >= ? order by ended_at desc"
                    + " fetch first "
                    + EndedLogins.MOST
                    + " rows only")) {
      select.setObject(1, utc(endedAfter));
      select.setObject(2, utc(now));
      List<Row> found = read(select);
      Collections.reverse(found);
      return found;
    } catch (SQLException failure) {
      throw unavailable(failure);
    }
  }

  private static List<Row> read(PreparedStatement select) throws SQLException {
    List<Row> found = new ArrayList<>();
    try (ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        EndedLogin login = new EndedLogin(rows.getString(1), rows.getString(2), instant(rows, 3));
        found.add(new Row(login, instant(rows, 4), instant(rows, 5)));
      }
    }
    return found;
  }

  private static Instant instant(ResultSet rows, int column) throws SQLException {
    return rows.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  private Problem unavailable(SQLException failure) {
    return outage
        .answer(failure)
        .orElseGet(
            () -> Problem.of(ProblemCode.INTERNAL_ERROR, "An internal error occurred", failure));
  }
}
