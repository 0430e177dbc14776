package org.fleetcast.stack;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A new, empty PostgreSQL on a free port of the loopback. */
public final class Postgres implements Part {
  private static final String USER = "postgres";
  private static final Duration START_LIMIT = Duration.ofMinutes(2);

  private final EmbeddedPostgres.Builder builder;
  private final Path data;
  private final String options;
  private EmbeddedPostgres server;

  private Postgres(EmbeddedPostgres.Builder builder, String options) throws IOException {
    // A port that it chooses may be a connection's by the time its folder is made.
    this.data = Folders.temporary("postgres");
    this.builder =
        builder
            .setPort(Ports.free())
            .setDataDirectory(data.resolve("data"))
            .setCleanDataDirectory(false)
            .setPGStartupWait(START_LIMIT);
    this.server = builder.start();
    this.options = options;
    AtExit.closes(this);
  }

  /** Starts it and waits until it answers. */
  public static Postgres started() {
    return started(EmbeddedPostgres.builder(), "");
  }

  /** The same with a certificate, by which its {@link #url()} has it verified in full. */
  public static Postgres withTls(Certificates certificates) {
    certificates.issue("postgres");
    return started(
        EmbeddedPostgres.builder()
            .setServerConfig("ssl", "on")
            .setServerConfig("ssl_cert_file", certificates.file("postgres.pem").toString())
            .setServerConfig("ssl_key_file", certificates.file("postgres.key").toString()),
        "&sslmode=verify-full&sslrootcert=" + certificates.file("ca.pem"));
  }

  private static Postgres started(EmbeddedPostgres.Builder builder, String options) {
    try {
      return new Postgres(builder, options);
    } catch (IOException refused) {
      throw new UncheckedIOException("PostgreSQL did not start", refused);
    }
  }

  /** The JDBC address of its database. */
  public String url() {
    return server.getJdbcUrl(USER, USER) + options;
  }

  public String user() {
    return USER;
  }

  /** The password of {@link #user()}; any one is taken. */
  public String password() {
    return USER;
  }

  /** Stops it, cutting all its connections, and starts it again on its data. */
  public void restart() {
    restart(false);
  }

  /**
   * Starts it again as a standby, which only reads, as after a failover that went the other way; or
   * as the primary that it was.
   */
  public void restart(boolean standby) {
    Path signal = data.resolve("data/standby.signal");
    try {
      server.close();
      if (standby) {
        Files.createFile(signal);
      } else {
        Files.deleteIfExists(signal);
      }
      server = builder.start();
    } catch (IOException stuck) {
      throw new UncheckedIOException("PostgreSQL did not stop and start again", stuck);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException stuck) {
      throw new UncheckedIOException("PostgreSQL did not stop", stuck);
    }
    Folders.delete(data);
    AtExit.forgets(this);
  }
}
