package org.fleetcast.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** The row that says who holds the sink, on a connection that stands for this process. */
final class LeaseTable {
  /** Less than the lease lasts, and more than a stall of the database: the row is free after it. */
  private static final int PATIENCE_SECONDS = 4;

  /** Who may not read when a connection of another user began takes it for the same one. */
  private static final String FREE =
      "(holder is null or expires_at < clock_timestamp() or not exists (select 1 from"
          + " pg_stat_activity a where a.pid = holder_pid"
          + " and coalesce(a.backend_start = holder_started, true)))";

  private static final String LOOK =
      "select holder, held_since, " + FREE + " from sink_lease where id = 1";

  private static final String OURS =
      "expires_at = clock_timestamp() + interval '"
          + Lease.LENGTH.toSeconds()
          + " seconds',"
          + " holder_pid = pg_backend_pid(), holder_started = (select backend_start from"
          + " pg_stat_activity where pid = pg_backend_pid())";

  private static final String TELL =
      "pg_notify('" + BatchLog.CHANNEL + "', '" + BatchLog.LEASE + "')";

  /** Whoever follows the batches looks at once, and so does the new holder itself. */
  private static final String TAKE =
      "with taken as (update sink_lease set holder = ?, epoch = epoch + 1,"
          + " held_since = clock_timestamp(), "
          + OURS
          + " where id = 1 and "
          + FREE
          + " returning epoch, held_since) select epoch, held_since, "
          + TELL
          + " from taken";

  /** Also by name: a failover of the database may have given the same epoch to another. */
  private static final String RENEW =
      "update sink_lease set " + OURS + " where id = 1 and epoch = ? and holder = ?";

  /** Whoever waits for it looks at once. */
  private static final String RELEASE =
      "with given as (update sink_lease set holder = null, held_since = null, expires_at = null,"
          + " holder_pid = null, holder_started = null where id = 1 and epoch = ? and holder = ?"
          + " returning epoch) select epoch, "
          + TELL
          + " from given";

  private final Cluster cluster;

  @GuardedBy("this")
  private @Nullable Connection connection;

  LeaseTable(Cluster cluster) {
    this.cluster = cluster;
  }

  /**
   * What the row says.
   *
   * @param since when its holder took it, by the database's clock
   * @param free whether anybody may take it
   */
  record Row(@Nullable String holder, @Nullable Instant since, boolean free) {}

  synchronized Row look() throws SQLException {
    try (PreparedStatement select = opened().prepareStatement(LOOK);
        ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        throw new SQLException("The table sink_lease has lost its row");
      }
      OffsetDateTime since = row.getObject(2, OffsetDateTime.class);
      return new Row(row.getString(1), since == null ? null : since.toInstant(), row.getBoolean(3));
    }
  }

  /**
   * That it was taken.
   *
   * @param since by the database's clock
   */
  record Taken(long epoch, Instant since) {}

  /** The new epoch; null when another was faster. */
  synchronized @Nullable Taken take(String replica) throws SQLException {
    try (PreparedStatement update = opened().prepareStatement(TAKE)) {
      update.setString(1, replica);
      try (ResultSet taken = update.executeQuery()) {
        return taken.next()
            ? new Taken(taken.getLong(1), taken.getObject(2, OffsetDateTime.class).toInstant())
            : null;
      }
    }
  }

  /** Whether it is still ours. */
  synchronized boolean renew(long epoch, String replica) throws SQLException {
    try (PreparedStatement update = opened().prepareStatement(RENEW)) {
      set(update, epoch, replica);
      return update.executeUpdate() == 1;
    }
  }

  synchronized void release(long epoch, String replica) throws SQLException {
    try (PreparedStatement update = opened().prepareStatement(RELEASE)) {
      set(update, epoch, replica);
      update.execute();
    }
  }

  private static void set(PreparedStatement update, long epoch, String replica)
      throws SQLException {
    update.setLong(1, epoch);
    update.setString(2, replica);
  }

  @GuardedBy("this")
  private Connection opened() throws SQLException {
    Connection now = connection;
    if (now == null) {
      now = cluster.connect("lease", PATIENCE_SECONDS);
      connection = now;
    }
    return now;
  }

  /** Ends the connection; the next call opens another. */
  synchronized void close() {
    Connections.close(connection);
    connection = null;
  }
}
