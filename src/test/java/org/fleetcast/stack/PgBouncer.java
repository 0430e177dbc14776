package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A PgBouncer in transaction mode before a PostgreSQL: each transaction has whichever connection is
 * free, so nothing that belongs to a connection outlives one.
 */
public final class PgBouncer implements Part {
  private static final Path PROGRAM = Path.of("/usr/sbin/pgbouncer");
  private static final String REFUSES = "FATAL";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final int port = Ports.free();
  private final Path folder = Folders.temporary("pgbouncer");
  private final URI database;
  private final Child child;

  private PgBouncer(Postgres postgres) {
    database = URI.create(postgres.url().substring("jdbc:".length()));
    Path configuration = folder.resolve("pgbouncer.ini");
    try {
      Files.writeString(configuration, configuration(postgres.user()));
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
    List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
    if (System.getProperty("user.name").equals("root")) { // which it does not run as
      command.addAll(List.of("-u", "nobody"));
    }
    command.add(configuration.toString());
    child = Child.start(command, Map.of(), folder.resolve("out.log"));
    AtExit.closes(this);
  }

  /** Whether this machine has one. */
  public static boolean isInstalled() {
    return Files.isExecutable(PROGRAM);
  }

  /** One that takes connections. */
  public static PgBouncer before(Postgres postgres) {
    PgBouncer made = new PgBouncer(postgres);
    Wait.until(
        "PgBouncer",
        made.child,
        REFUSES,
        PATIENCE,
        Progress.silent(),
        () -> Ports.isInUse(made.port));
    return made;
  }

  /** The address of the database through it. */
  public String url() {
    return "jdbc:postgresql://localhost:%d%s".formatted(port, database.getPath());
  }

  private String configuration(String user) {
    return """
        [databases]
        * = host=localhost port=%d user=%s
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = any
        pool_mode = transaction
        default_pool_size = 20
        max_client_conn = 200
        ignore_startup_parameters = extra_float_digits,options
        """
        .formatted(database.getPort(), user, port);
  }

  @Override
  public void close() {
    child.terminate(PATIENCE);
    Folders.delete(folder);
    AtExit.forgets(this);
  }
}
