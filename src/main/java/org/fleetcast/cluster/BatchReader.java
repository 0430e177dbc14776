package org.fleetcast.cluster;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Reads the batches that another replica writes, and hears when there are more. */
public final class BatchReader implements AutoCloseable {
  private final Connection connection;

  BatchReader(Connection connection) throws SQLException {
    this.connection = connection;
    try (Statement listen = connection.createStatement()) {
      listen.execute("listen " + BatchLog.CHANNEL);
    }
  }

  /** What lies behind a number, in order, some of it at once. */
  public List<BatchLog.Numbered> after(long seq) throws SQLException {
    return BatchLog.after(connection, seq);
  }

  /** The {@link BatchLog.Numbered#check} of a batch; -1 when there is none of that number. */
  public long check(long seq) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("select content from sink_batch where seq = ?")) {
      select.setLong(1, seq);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? new BatchLog.Numbered(seq, row.getBytes(1)).check() : -1;
      }
    }
  }

  /** What it was told of while it waited. */
  public enum Told {
    NOTHING,
    BATCH,
    LEASE
  }

  /** Waits until it is told of something, at most for so long. */
  public Told await(Duration atMost) throws SQLException {
    PGNotification[] heard =
        connection.unwrap(PGConnection.class).getNotifications((int) atMost.toMillis());
    if (heard == null || heard.length == 0) {
      return Told.NOTHING;
    }
    for (PGNotification each : heard) {
      if (each.getParameter().equals(BatchLog.LEASE)) {
        return Told.LEASE;
      }
    }
    return Told.BATCH;
  }

  @Override
  public void close() {
    Connections.close(connection);
  }
}
