package org.fleetcast.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * The batches of the sink in the database, numbered without a hole by whoever holds the lease.
 *
 * <p>A batch is one row, written by one statement in a transaction of its own: it asks for the
 * epoch, inserts, and tells who listens. So a holder that is frozen leaves no transaction open, and
 * one that lost its lease writes nothing.
 */
@Singleton
public class BatchLog {
  static final String CHANNEL = "fleetcast_batches";

  /** What is told on it of the lease, beside the numbers of batches. */
  static final String LEASE = "lease";

  private static final Duration READY = Duration.ofSeconds(1);

  private static final int WRITE_SECONDS = 10;
  private static final int LOAD_SECONDS = 60;
  private static final int VACUUM_SECONDS = 120;
  private static final int ROWS = 200;
  private static final int BYTES = 8 << 20;

  private static final String FENCE =
      "with fence as (select epoch from sink_lease where id = 1 and epoch = ? for share),"
          + " batch as (insert into sink_batch (seq, epoch, taken_at, content)"
          + " select ?, epoch, clock_timestamp(), ? from fence returning seq)";

  private static final String TELL = " select pg_notify('" + CHANNEL + "', seq::text) from batch";

  private static final String INSERT = FENCE + TELL;

  private static final String INSERT_WITH_CHANGES =
      FENCE
          + ", put as (insert into sink_value (kind, name, content) select u.* from"
          + " unnest(?::text[], ?::text[], ?::bytea[]) u, batch"
          + " on conflict (kind, name) do update set content = excluded.content),"
          + " dropped as (delete from sink_value v using unnest(?::text[], ?::text[]) as u (kind, name),"
          + " batch where v.kind = u.kind and v.name = u.name),"
          + " gone as (delete from sink_batch where seq = any (?) and exists (select 1 from batch))"
          + TELL;

  /** In order, about so many bytes at once. */
  private static final String AFTER =
      "select seq, content from (select seq, content, sum(octet_length(content)) over (order by seq)"
          + " - octet_length(content) as before from (select seq, content from sink_batch"
          + " where seq > ? order by seq limit "
          + ROWS
          + ") few) parts where before < "
          + BYTES
          + " order by seq";

  private final Cluster cluster;

  @GuardedBy("this")
  private @Nullable Connection writing;

  @GuardedBy("this")
  private Instant readyAt = Instant.MIN;

  @Inject
  public BatchLog(Cluster cluster) {
    this.cluster = cluster;
  }

  /** A batch, by its number. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  public record Numbered(long seq, byte[] content) {
    /** Tells it from another of its number; never negative. */
    public long check() {
      CRC32C sum = new CRC32C();
      sum.update(content);
      return sum.getValue();
    }
  }

  /** A value that outlives the batch it came with; null when it is no more. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  public record Value(String kind, String name, byte @Nullable [] content) {}

  /**
   * Writes the next batch, for good when it returns.
   *
   * @param lasting what is to be found without the batches too
   * @param gone the numbers of batches that nobody needs any more
   * @return false when the epoch is over: nothing was written then
   * @throws SQLException when it is not known whether it was written, or the number is taken
   */
  public synchronized boolean append(
      long epoch, Numbered batch, List<Value> lasting, Collection<Long> gone) throws SQLException {
    boolean plain = lasting.isEmpty() && gone.isEmpty();
    boolean done = false;
    try (PreparedStatement insert =
        opened().prepareStatement(plain ? INSERT : INSERT_WITH_CHANGES)) {
      insert.setLong(1, epoch);
      insert.setLong(2, batch.seq);
      insert.setBytes(3, batch.content);
      if (!plain) {
        set(insert, lasting, gone);
      }
      try (ResultSet told = insert.executeQuery()) {
        boolean written = told.next();
        done = true;
        return written;
      }
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private static void set(PreparedStatement insert, List<Value> lasting, Collection<Long> gone)
      throws SQLException {
    List<Value> put = lasting.stream().filter(value -> value.content != null).toList();
    List<Value> dropped = lasting.stream().filter(value -> value.content == null).toList();
    Connection by = insert.getConnection();
    insert.setArray(4, by.createArrayOf("text", put.stream().map(Value::kind).toArray()));
    insert.setArray(5, by.createArrayOf("text", put.stream().map(Value::name).toArray()));
    insert.setArray(
        6, by.createArrayOf("bytea", put.stream().map(Value::content).toArray(byte[][]::new)));
    insert.setArray(7, by.createArrayOf("text", dropped.stream().map(Value::kind).toArray()));
    insert.setArray(8, by.createArrayOf("text", dropped.stream().map(Value::name).toArray()));
    insert.setArray(9, by.createArrayOf("bigint", gone.toArray()));
  }

  /** Has the connection that writes open before it is needed, and looks whether it still is. */
  public synchronized void ready() throws SQLException {
    Instant now = SteadyClock.now();
    if (now.isBefore(readyAt.plus(READY))) {
      return;
    }
    boolean done = false;
    try (Statement look = opened().createStatement()) {
      look.execute("select 1");
      readyAt = now;
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /** What lies behind a number, in order, some of it at once, on the connection that writes. */
  public synchronized List<Numbered> after(long seq) throws SQLException {
    boolean done = false;
    try {
      List<Numbered> found = after(opened(), seq);
      done = true;
      return found;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  static List<Numbered> after(Connection connection, long seq) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(AFTER)) {
      select.setLong(1, seq);
      List<Numbered> found = new ArrayList<>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          found.add(new Numbered(rows.getLong(1), rows.getBytes(2)));
        }
      }
      return found;
    }
  }

  /** Whether what was read after a number is all that there was then. */
  public static boolean isAll(List<Numbered> read) {
    return read.size() < ROWS && read.stream().mapToLong(each -> each.content.length).sum() < BYTES;
  }

  /** Reads all that there is as of one moment: the values that last, then every batch in order. */
  public void load(Consumer<Value> values, Consumer<Numbered> batches) throws SQLException {
    try (Connection connection = cluster.connect("load", LOAD_SECONDS)) {
      connection.setAutoCommit(false);
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      try (Statement select = connection.createStatement()) {
        select.setFetchSize(20);
        try (ResultSet rows = select.executeQuery("select kind, name, content from sink_value")) {
          while (rows.next()) {
            values.accept(new Value(rows.getString(1), rows.getString(2), rows.getBytes(3)));
          }
        }
        try (ResultSet rows =
            select.executeQuery("select seq, content from sink_batch order by seq")) {
          while (rows.next()) {
            batches.accept(new Numbered(rows.getLong(1), rows.getBytes(2)));
          }
        }
      }
      connection.commit();
    }
  }

  /** Opens the reader of a follower. */
  public BatchReader reader() throws SQLException {
    return new BatchReader(cluster.connect("follow", WRITE_SECONDS));
  }

  /** Gives the room of what was deleted back to the table. */
  public void vacuum() throws SQLException {
    try (Connection connection = cluster.connect("vacuum", VACUUM_SECONDS);
        Statement vacuum = connection.createStatement()) {
      vacuum.execute("vacuum (skip_locked, truncate false) sink_batch");
    }
  }

  /**
   * Rows as large as batches are kept as they are: to compress them would cost more than it gives.
   */
  public void prepare() throws SQLException {
    try (Connection connection = cluster.connect("prepare", WRITE_SECONDS);
        Statement sql = connection.createStatement();
        ResultSet other =
            sql.executeQuery(
                "select 1 from pg_attribute where attrelid = 'sink_batch'::regclass"
                    + " and attname = 'content' and attstorage <> 'e'")) {
      if (other.next()) {
        sql.execute("alter table sink_batch alter column content set storage external");
      }
    }
  }

  @GuardedBy("this")
  private Connection opened() throws SQLException {
    Connection now = writing;
    if (now == null) {
      now = cluster.connect("sink", WRITE_SECONDS);
      writing = now;
    }
    return now;
  }

  /** Ends the connection; the next call opens another. */
  public synchronized void close() {
    Connections.close(writing);
    writing = null;
  }
}
