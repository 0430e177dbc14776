package org.fleetcast.audit;

import jakarta.annotation.Resource;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.fleetcast.problem.DatabaseOutage;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/** The table of the audit: 90 days of it, and the newest 100,000 entries at most. */
@Singleton
class AuditStore {
  static final Duration KEPT = Duration.ofDays(90);
  static final int MOST = 100_000;

  private static final String INSERT =
      "insert into audit (happened_at, action, outcome, subject, target, detail, correlation_id)"
          + " values (?, ?, ?, ?, ?, ?, ?)";

  private static final String SELECT =
      "select happened_at, action, outcome, subject, target, detail, correlation_id, id from audit"
          + " where happened_at >= ? and happened_at <= ?"
          + " and (happened_at < ? or happened_at = ? and id < ?)"
          + " order by happened_at desc, id desc limit ?";

  // Not by constructor: the container injects a data source into a field or a setter only.
  @Resource(lookup = "jdbc/fleetcast")
  private DataSource database;

  private final DatabaseOutage outage;
  private final int most;

  @Inject
  @SuppressWarnings("NullAway.Init")
  AuditStore(DatabaseOutage outage) {
    this.outage = outage;
    this.most = MOST;
  }

  AuditStore(DataSource database, int most) {
    this.database = database;
    this.outage = new DatabaseOutage();
    this.most = most;
  }

  /** An entry and its number in the table. */
  record Row(long id, AuditEntry entry) {}

  /**
   * Adds entries, and removes those that are too old or too many.
   *
   * @throws Problem 503 when the database is away
   * @throws Refused when it does not take them
   */
  void add(List<AuditEntry> entries, Instant now) throws Refused {
    outage.check();
    try (Connection connection = database.getConnection()) {
      insert(connection, entries);
      try (PreparedStatement old =
          connection.prepareStatement("delete from audit where happened_at < ?")) {
        old.setObject(1, utc(now.minus(KEPT)));
        old.executeUpdate();
      }
      try (PreparedStatement excess =
          connection.prepareStatement(
              "delete from audit where id <= (select max(id) from audit) - ?")) {
        excess.setInt(1, most);
        excess.executeUpdate();
      }
    } catch (SQLException failure) {
      Optional<Problem> away = outage.answer(failure);
      if (away.isPresent()) {
        throw away.get();
      }
      throw new Refused(failure);
    }
  }

  /** All of them or none, so that none is there twice after another try. */
  private static void insert(Connection connection, List<AuditEntry> entries) throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      for (AuditEntry entry : entries) {
        insert.setObject(1, utc(entry.at()));
        insert.setString(2, entry.action());
        insert.setString(3, entry.outcome());
        insert.setString(4, entry.subject());
        insert.setString(5, entry.target());
        insert.setString(6, entry.detail());
        insert.setString(7, entry.correlationId());
        insert.addBatch();
      }
      insert.executeBatch();
      connection.commit();
    } catch (SQLException failure) {
      connection.rollback();
      throw failure;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  /**
   * The newest entries of a range, newest first.
   *
   * @throws Problem 503 when the database is away
   */
  List<Row> page(AuditRange range, int limit) {
    outage.check();
    try (Connection connection = database.getConnection();
        PreparedStatement select = connection.prepareStatement(SELECT)) {
      OffsetDateTime before = utc(range.before());
      select.setObject(1, utc(range.from()));
      select.setObject(2, utc(range.to()));
      select.setObject(3, before);
      select.setObject(4, before);
      select.setLong(5, range.beforeId());
      select.setInt(6, limit);
      return rows(select);
    } catch (SQLException failure) {
      throw outage
          .answer(failure)
          .orElseGet(
              () -> Problem.of(ProblemCode.INTERNAL_ERROR, "An internal error occurred", failure));
    }
  }

  private static List<Row> rows(PreparedStatement select) throws SQLException {
    List<Row> found = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        found.add(
            new Row(
                row.getLong(8),
                new AuditEntry(
                    row.getObject(1, OffsetDateTime.class).toInstant(),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getString(5),
                    row.getString(6),
                    row.getString(7))));
      }
    }
    return found;
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  /** The database is there and does not take entries. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(SQLException cause) {
      super("The audit was refused", cause);
    }
  }
}
