package org.fleetcast.cluster;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

  private static final String ELSEWHERE =
      "select count(*) from stream_session s where subject_name = ? and streaming and replica <> ?"
          + " and id <> ? and "
          + ALIVE;

  /**
   * Nothing is written when there are as many elsewhere. The content is that of the row itself: it
   * may have changed while the statement waited.
   */
  private static final String CLAIM =
      "with elsewhere (streams) as ("
          + ELSEWHERE
          + "), old as (select replica, streaming from stream_session where id = ?)"
          + " insert into stream_session (id, replica, content, changed_at, subject_name, streaming)"
          + " select ?, ?, ?, clock_timestamp(), ?, ? from elsewhere where streams < ?"
          + " on conflict (id) do update"
          + " set replica = excluded.replica, changed_at = excluded.changed_at,"
          + " subject_name = excluded.subject_name, streaming = excluded.streaming"
          + " returning (select replica from old), content, xmax = 0,"
          + " coalesce((select streaming from old), false)";

  private static final String STREAMING =
      "update stream_session s set streaming = u.streaming"
          + " from unnest(?::text[], ?::boolean[]) as u (id, streaming)"
          + " where s.id = u.id and s.replica = ?";

  /** A stream that is being opened is in the table a moment before its replica says so. */
  private static final long OPENING_SECONDS = 60;

  private static final String DELETE_UNKNOWN =
      "delete from stream_session s where s.replica = ? and not exists"
          + " (select 1 from unnest(?::text[]) as u (id) where u.id = s.id)"
          + " and s.changed_at < clock_timestamp() - make_interval(secs => ?)";

  private static final String COUNT_RIGHT =
      "update stream_session s set streaming = right_one.streaming from (select t.id,"
          + " coalesce(u.streaming, false) as streaming from stream_session t"
          + " left join unnest(?::text[], ?::boolean[]) as u (id, streaming) on u.id = t.id"
          + " where t.replica = ?) right_one"
          + " where s.id = right_one.id and s.replica = ? and s.streaming <> right_one.streaming"
          + " and s.changed_at < clock_timestamp() - make_interval(secs => ?)";

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
   * A stream as its replica tells of it.
   *
   * @param subject whose it is, by a name that does not say it
   * @param content what is known of it if nobody had it
   * @param streaming whether it is open, which counts for its subject
   */
  public record Told(String id, String subject, String content, boolean streaming) {}

  /**
   * A stream that is ours from now on.
   *
   * @param replica whose it was as far as is known; null for nobody's
   * @param content what is known of it
   * @param made whether nobody had it
   * @param streaming whether it was open there
   * @param elsewhere how many other streams of its subject were open at other replicas
   */
  public record Claimed(
      @Nullable String replica, String content, boolean made, boolean streaming, int elsewhere) {}

  /** Makes a stream ours, whosever it was. */
  public Claimed claim(Told stream) throws SQLException {
    return claim(stream, Integer.MAX_VALUE)
        .orElseThrow(() -> new SQLException("A stream was not made ours"));
  }

  /**
   * The same for one that is opened; empty, and nothing is changed, when its subject has so many
   * others open at other replicas. Those are counted again afterwards, since two that are opened at
   * once do not see each other before: no transaction is open meanwhile, which a replica that is
   * held up would keep from the others.
   */
  public Optional<Claimed> claim(Told stream, int most) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement claim = connection.prepareStatement(CLAIM)) {
      setElsewhere(claim, stream);
      claim.setString(4, stream.id);
      claim.setString(5, stream.id);
      claim.setString(6, cluster.replica());
      claim.setString(7, stream.content);
      claim.setString(8, stream.subject);
      claim.setBoolean(9, stream.streaming);
      claim.setInt(10, most);
      try (ResultSet row = claim.executeQuery()) {
        return row.next()
            ? Optional.of(
                new Claimed(
                    row.getString(1),
                    row.getString(2),
                    row.getBoolean(3),
                    row.getBoolean(4),
                    elsewhere(connection, stream)))
            : Optional.empty();
      }
    }
  }

  /** None when they cannot be counted: the stream is ours by then, and must not be forgotten. */
  private int elsewhere(Connection connection, Told stream) {
    try (PreparedStatement count = connection.prepareStatement(ELSEWHERE)) {
      setElsewhere(count, stream);
      try (ResultSet row = count.executeQuery()) {
        return row.next() ? row.getInt(1) : 0;
      }
    } catch (SQLException away) {
      return 0;
    }
  }

  private void setElsewhere(PreparedStatement statement, Told stream) throws SQLException {
    statement.setString(1, stream.subject);
    statement.setString(2, cluster.replica());
    statement.setString(3, stream.id);
  }

  /**
   * Gives a stream of ours to another replica, with all that is known of it.
   *
   * @param streaming whether it is open there
   */
  public void give(String id, String replica, boolean streaming) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement give =
            connection.prepareStatement(
                "update stream_session set replica = ?, streaming = ?"
                    + " where id = ? and replica = ?")) {
      give.setString(1, replica);
      give.setBoolean(2, streaming);
      give.setString(3, id);
      give.setString(4, cluster.replica());
      int given = give.executeUpdate();
      assert given <= 1;
    }
  }

  /** Keeps which of our streams are open, of those that are named. */
  public void streaming(Map<String, Boolean> streams) throws SQLException {
    List<Map.Entry<String, Boolean>> all = List.copyOf(streams.entrySet());
    try (Connection connection = connect();
        PreparedStatement update = connection.prepareStatement(STREAMING)) {
      update.setArray(
          1, connection.createArrayOf("text", all.stream().map(Map.Entry::getKey).toArray()));
      update.setArray(
          2, connection.createArrayOf("boolean", all.stream().map(Map.Entry::getValue).toArray()));
      update.setString(3, cluster.replica());
      int kept = update.executeUpdate();
      assert kept <= all.size();
    }
  }

  /**
   * Holds the table against what there is: a row of ours that nobody has here any more, since what
   * became of it was never answered, counts no longer, and goes when it would have been over.
   *
   * @param all our streams, and whether each is open
   * @param kept for how long one that is not open is kept
   */
  public void reconcile(Map<String, Boolean> all, Duration kept) throws SQLException {
    List<Map.Entry<String, Boolean>> ours = List.copyOf(all.entrySet());
    try (Connection connection = connect();
        PreparedStatement count = connection.prepareStatement(COUNT_RIGHT);
        PreparedStatement delete = connection.prepareStatement(DELETE_UNKNOWN)) {
      Array ids = connection.createArrayOf("text", ours.stream().map(Map.Entry::getKey).toArray());
      count.setArray(1, ids);
      count.setArray(
          2, connection.createArrayOf("boolean", ours.stream().map(Map.Entry::getValue).toArray()));
      count.setString(3, cluster.replica());
      count.setString(4, cluster.replica());
      count.setLong(5, OPENING_SECONDS);
      delete.setString(1, cluster.replica());
      delete.setArray(2, ids);
      delete.setLong(3, Math.max(kept.toSeconds(), OPENING_SECONDS));
      int changed = count.executeUpdate() + delete.executeUpdate();
      assert changed >= 0;
    }
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
