package org.fleetcast.cluster;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL with our schema, which several replicas of a test share; the tests of one JVM have
 * one, which goes with it.
 */
public final class SharedDatabase {
  private static @Nullable SharedDatabase only;

  private final EmbeddedPostgres server;

  private SharedDatabase() {
    try {
      server = EmbeddedPostgres.builder().setPGStartupWait(Duration.ofMinutes(2)).start();
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
    Flyway.configure()
        .dataSource(server.getPostgresDatabase())
        .locations("classpath:db/migration")
        .load()
        .migrate();
  }

  /** As it is before anybody has used it. */
  public static synchronized SharedDatabase empty() {
    SharedDatabase found = only;
    if (found == null) {
      found = new SharedDatabase();
      only = found;
    }
    found.sql("truncate sink_batch, sink_value, stream_session, replica");
    found.sql("update sink_lease set holder = null");
    return found;
  }

  public DataSource dataSource() {
    return server.getPostgresDatabase();
  }

  /** A process on it. */
  public Cluster replica() {
    return new Cluster(
        Optional.of("database"),
        Optional.empty(),
        Optional.of(server.getJdbcUrl("postgres", "postgres")),
        "postgres",
        Optional.of("postgres"));
  }

  /** Runs a statement; gives the first number of its answer, 0 when there is none. */
  public long sql(String statement) {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement sql = connection.createStatement()) {
      boolean rows = sql.execute(statement);
      try (ResultSet answer = sql.getResultSet()) {
        return rows && answer.next() ? answer.getLong(1) : 0;
      }
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }
}
