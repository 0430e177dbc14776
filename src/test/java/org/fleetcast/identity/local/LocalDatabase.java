package org.fleetcast.identity.local;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

/** A database in memory with the tables of one migration. */
public final class LocalDatabase {

  private LocalDatabase() {}

  /** With the tables of the local issuer. */
  static IssuerStore fresh() throws SQLException {
    return new IssuerStore(fresh("V2__local_issuer.sql"));
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
