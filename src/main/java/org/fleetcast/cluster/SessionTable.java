package org.fleetcast.cluster;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.fleetcast.problem.DatabaseOutage;
import org.jspecify.annotations.Nullable;

/** Which replica has which stream, with what is known of it: one row each, until it is over. */
@Singleton
public class SessionTable {
  /** A replica that said nothing for so long is not asked. */
  private static final String ALIVE =
      "exists (select 1 from replica r where r.name = s.replica"
          + " and r.seen_at > clock_timestamp() - interval '3 seconds')";

  /** A replica that said nothing for less may still be there. */
  private static final long LEAST_SECONDS = 10;

  /** The content is that of the row itself: it may have changed while the statement waited. */
  private static final String CLAIM =
      "with old as (select replica from stream_session where id = ?)"
          + " insert into stream_session (id, replica, content, changed_at)"
          + " values (?, ?, ?, clock_timestamp()) on conflict (id) do update"
          + " set replica = excluded.replica, changed_at = excluded.changed_at"
          + " returning (select replica from old), content, xmax = 0";

  private static final String CHANGE =
      "update stream_session set content = ?, changed_at = clock_timestamp()"
          + " where id = ? and replica = ? and content = ?";

  private final Cluster cluster;
  private final DataSource database;
  private final DatabaseOutage outage;

  @Inject
  public SessionTable(Cluster cluster, DataSource database, DatabaseOutage outage) {
    this.cluster = cluster;
    this.database = database;
    this.outage = outage;
  }

  /**
   * A stream.
   *
   * @param replica which has it
   * @param alive whether that one can be asked
   */
  public record Row(String replica, String content, boolean alive) {
    /** Whether it is of that replica. */
    public boolean isOf(String name) {
      return replica.equals(name);
    }
  }

  /**
   * A stream that is ours from now on.
   *
   * @param replica whose it was as far as is known; null for nobody's
   * @param content what is known of it
   * @param made whether nobody had it
   */
  public record Claimed(@Nullable String replica, String content, boolean made) {}

  /**
   * Makes a stream ours, whosever it was.
   *
   * @param content what is known of it if nobody had it
   */
  public Claimed claim(String id, String content) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement claim = connection.prepareStatement(CLAIM)) {
      claim.setString(1, id);
      claim.setString(2, id);
      claim.setString(3, cluster.replica());
      claim.setString(4, content);
      try (ResultSet row = claim.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("A stream was not made ours");
        }
        return new Claimed(row.getString(1), row.getString(2), row.getBoolean(3));
      }
    }
  }

  /** Gives a stream of ours to another replica, with all that is known of it. */
  public void give(String id, String replica) throws SQLException {
    int given =
        update(
            "update stream_session set replica = ? where id = ? and replica = ?",
            replica,
            id,
            cluster.replica());
    assert given <= 1;
  }

  /**
   * Keeps what is known of a stream of ours; false when it is not ours any more, or is not known as
   * it was here.
   */
  public boolean put(String id, String before, String content) throws SQLException {
    return update(CHANGE, content, id, cluster.replica(), before) == 1;
  }

  /** Who has a stream; empty when nobody does. */
  public Optional<Row> find(String id) throws SQLException {
    List<Row> found =
        rows("select replica, content, " + ALIVE + " from stream_session s where id = ?", id);
    return found.stream().findFirst();
  }

  /** The streams of the other replicas. */
  public List<Row> others() throws SQLException {
    return rows(
        "select replica, content, " + ALIVE + " from stream_session s where replica <> ?",
        cluster.replica());
  }

  /** Nobody waits for a database that is known to be away. */
  private Connection connect() throws SQLException {
    if (outage.isAway()) {
      throw new SQLTransientConnectionException("The database is away");
    }
    return database.getConnection();
  }

  private List<Row> rows(String sql, String parameter) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, parameter);
      List<Row> found = new ArrayList<>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          found.add(new Row(rows.getString(1), rows.getString(2), rows.getBoolean(3)));
        }
      }
      return found;
    }
  }

  /**
   * Changes what is known of a stream that nobody has right now; false when it changed meanwhile.
   */
  public boolean change(String id, Row seen, UnaryOperator<String> change) throws SQLException {
    return update(CHANGE, change.apply(seen.content), id, seen.replica, seen.content) == 1;
  }

  /** A stream of ours is over. */
  public void delete(String id) throws SQLException {
    int gone =
        update("delete from stream_session where id = ? and replica = ?", id, cluster.replica());
    assert gone <= 1;
  }

  /** Says that this replica is there, and forgets what those left that are not, after so long. */
  public void beat(Duration kept) throws SQLException {
    int seen =
        update(
            "insert into replica (name, seen_at) values (?, clock_timestamp())"
                + " on conflict (name) do update set seen_at = excluded.seen_at",
            cluster.replica());
    assert seen == 1;
    long seconds = Math.max(kept.toSeconds(), LEAST_SECONDS);
    String since = " clock_timestamp() - make_interval(secs => " + seconds + ")";
    // Also of a replica that never said that it is there.
    int forgotten =
        update(
            "delete from stream_session s where s.changed_at <"
                + since
                + " and not exists (select 1 from replica r where r.name = s.replica"
                + " and r.seen_at >"
                + since
                + ")");
    forgotten +=
        update(
            "delete from replica r where r.seen_at <"
                + since
                + " and not exists (select 1 from stream_session s where s.replica = r.name)");
    assert forgotten >= 0;
  }

  private int update(String sql, @Nullable String... parameters) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement update = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        update.setString(i + 1, parameters[i]);
      }
      return update.executeUpdate();
    }
  }
}
