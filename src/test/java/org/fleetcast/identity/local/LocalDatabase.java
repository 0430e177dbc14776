package org.fleetcast.identity.local;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.fleetcast.Stub;
import org.h2.jdbcx.JdbcDataSource;

/** A database in memory with the tables of one migration. */
public final class LocalDatabase {

  private LocalDatabase() {}

  /** With the tables of the local issuer. */
  static IssuerStore fresh() throws SQLException {
    return new IssuerStore(fresh("V2__local_issuer.sql"));
  }

  /** The tables of the local issuer in that database. */
  public static IssuerStore issuerStore(DataSource database) {
    return new IssuerStore(database);
  }

  /** A database that can be had only while it is not away. */
  public static DataSource away(DataSource database, AtomicBoolean away) {
    return Stub.of(
        DataSource.class,
        Map.of(
            "getConnection",
            a -> {
              if (away.get()) {
                throw new SQLTransientException("away");
              }
              return database.getConnection();
            }));
  }

  public static DataSource fresh(String migration) throws SQLException {
    JdbcDataSource database = new JdbcDataSource();
    database.setURL(
        "jdbc:h2:mem:"
            + UUID.randomUUID()
            + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1");
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(schema(migration));
    }
    return database;
  }

  private static String schema(String migration) {
    String file = "/db/migration/" + migration;
    try (InputStream in = Objects.requireNonNull(LocalDatabase.class.getResourceAsStream(file))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }
}
