package org.fleetcast.stack;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A new, empty PostgreSQL on a free port of the loopback. */
public final class Postgres implements Part {
  private static final String USER = "postgres";

  private final EmbeddedPostgres server;

  private Postgres(EmbeddedPostgres server) {
    this.server = server;
    AtExit.closes(this);
  }

  /** Starts it and waits until it answers. */
  public static Postgres started() {
    try {
      return new Postgres(EmbeddedPostgres.builder().start());
    } catch (IOException refused) {
      throw new UncheckedIOException("PostgreSQL did not start", refused);
    }
  }

  /** The JDBC address of its database. */
  public String url() {
    return server.getJdbcUrl(USER, USER);
  }

  public String user() {
    return USER;
  }

  /** The password of {@link #user()}; any one is taken. */
  public String password() {
    return USER;
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException stuck) {
      throw new UncheckedIOException("PostgreSQL did not stop", stuck);
    }
    AtExit.forgets(this);
  }
}
