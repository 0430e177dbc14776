package org.fleetcast.cluster;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Properties;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;
import org.postgresql.Driver;

/**
 * Whether this process is one of several replicas, and its own connections to what they share.
 *
 * <p>They are no connections of the server's pool: what is asked for there may go through a pooler,
 * and these listen, and tell by their being there that the process is.
 */
@Singleton
public class Cluster {
  private static final String PREFIX = "jdbc:postgresql:";
  private static final String PROTOCOL_VIOLATION = "08P01";

  private final boolean on;
  private final String url;
  private final String username;
  private final String password;
  private final String replica;

  @Inject
  public Cluster(
      @ConfigProperty(name = "cluster") Optional<String> kind,
      @ConfigProperty(name = "cluster.database.url") Optional<String> direct,
      @ConfigProperty(name = "database.url") Optional<String> url,
      @ConfigProperty(name = "database.username", defaultValue = "fleetcast") String username,
      @ConfigProperty(name = "database.password") Optional<String> password) {
    this.on = kind.isPresent();
    this.url = direct.or(() -> url).orElse("");
    this.username = username;
    this.password = password.orElse("");
    String host = Optional.ofNullable(System.getenv("HOSTNAME")).orElse("replica");
    this.replica = host + "-" + HexFormat.of().toHexDigits(new SecureRandom().nextLong());
    if (on) {
      check(kind.orElse(""));
    }
  }

  private void check(String kind) {
    if (!kind.strip().equals("database")) {
      throw Setting.bad("CLUSTER must be database, or not set");
    }
    if (!url.startsWith(PREFIX)) {
      throw Setting.bad(
          "CLUSTER=database needs a PostgreSQL that all replicas share, DATABASE_URL must be"
              + " jdbc:postgresql://host/database");
    }
  }

  /** Whether other replicas may be there. */
  public boolean isOn() {
    return on;
  }

  /** The name of this process among the replicas. */
  public String replica() {
    return replica;
  }

  /**
   * A connection of its own, in autocommit.
   *
   * @param purpose what the database calls it beside our name
   * @param seconds after so long without an answer it is given up, after half of it a lock
   */
  Connection connect(String purpose, int seconds) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", username);
    properties.setProperty("password", password);
    properties.setProperty("connectTimeout", "2");
    properties.setProperty("loginTimeout", "4");
    properties.setProperty("socketTimeout", Integer.toString(seconds));
    properties.setProperty("tcpKeepAlive", "true");
    // What we gave up would wait on, and a lock that is held for long would gather many of them.
    // Nothing is done without its lock; a statement in the middle of its work is not cut short.
    properties.setProperty("options", "-c lock_timeout=" + seconds * 500);
    properties.setProperty("ApplicationName", "fleetcast-" + purpose + " " + replica);
    try {
      Connection made = new Driver().connect(url, properties);
      if (made == null) {
        throw new SQLException("The driver does not take the address");
      }
      return made;
    } catch (SQLException refused) {
      throw PROTOCOL_VIOLATION.equals(refused.getSQLState()) // how a pooler refuses an option
          ? new SQLException(
              refused.getMessage() + "; CLUSTER_DATABASE_URL has to lead past a pooler",
              refused.getSQLState(),
              refused)
          : refused;
    }
  }
}
