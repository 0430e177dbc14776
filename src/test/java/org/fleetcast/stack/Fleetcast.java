package org.fleetcast.stack;

import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The packaged server below {@code target/liberty} as a process of its own: the very program that
 * the image holds. Several run at once: they share the read-only configuration, and each has its
 * own output folder (database, journal, work area), which outlives {@link #restart()} and {@link
 * #kill()} and goes with {@link #close()}. The logs stay below {@code target/stack}.
 *
 * <p>The JDK is the one that runs this, or the one that the system property {@code
 * fleetcast.java.home} names.
 */
public final class Fleetcast implements Part {
  /** Most of a start is compiling what a short life does not need compiled. */
  static final String COMPILING_LITTLE = "-XX:TieredStopAtLevel=1";

  /** Nor are the classes verified, which the server that Arquillian starts does. */
  public static final String QUICK_TO_START =
      COMPILING_LITTLE + " -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote";

  /** What a start needs, so that it is not collected again and again, nor by threads of its own. */
  private static final String HEAP = " -Xms256m -XX:+UseSerialGC";

  private static final String SERVER = "fleetcast";
  private static final String APPLICATION_FAILED = "CWWKZ0002E";
  private static final Path OURS = Path.of("target", "liberty", "wlp", "bin", "server");
  private static final Duration START_LIMIT = Duration.ofMinutes(5);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(120);

  private final Map<String, String> variables = new LinkedHashMap<>();
  private final Path folder = Folders.temporary("server");
  private final Path logs;
  private final int port;
  private final int tlsPort;
  private URI health;
  private Progress progress = Progress.silent();
  private @Nullable Child child;
  private Path program = OURS;
  private boolean brief;
  private volatile boolean ready;

  private Fleetcast(int port, int tlsPort) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.health = uri();
    this.logs = Path.of("target", "stack", "server-" + port).toAbsolutePath();
    with("HTTP_PORT", Integer.toString(port));
    with("HTTPS_PORT", Integer.toString(tlsPort));
    with("BASEURL", uri().toString());
    with("FLEETCAST_LOCAL_LOGIN", "true");
    with("SECRET_KEY", UUID.randomUUID().toString());
    with("JAVA_HOME", System.getProperty("fleetcast.java.home", System.getProperty("java.home")));
    with("WLP_OUTPUT_DIR", folder.toString());
    with("LOG_DIR", logs.toString());
    AtExit.closes(this);
  }

  /**
   * A server for a test, on free ports with the local login, not started yet. It starts on a {@link
   * WorkArea} of another one where there is one, and is killed when it is closed.
   */
  public static Fleetcast prepared() {
    Fleetcast server = at(Ports.free(), Ports.free()).with("JVM_ARGS", QUICK_TO_START + HEAP);
    server.brief = true;
    return server;
  }

  /** A server on the given ports with the local login, not started yet. */
  public static Fleetcast at(int port, int tlsPort) {
    return new Fleetcast(port, tlsPort);
  }

  /** Sets an environment variable for the next start. */
  public Fleetcast with(String name, String value) {
    variables.put(name, value);
    return this;
  }

  /** Has its health and metrics at a port of their own. */
  public Fleetcast managedAt(int port) {
    health = URI.create("http://localhost:" + port);
    return with("MANAGEMENT_PORT", Integer.toString(port));
  }

  /** Takes an environment variable away from the next start. */
  public Fleetcast without(String name) {
    variables.remove(name);
    return this;
  }

  /**
   * From the next start on it is another version, on the same ports and data; ours again by null.
   */
  public Fleetcast of(@Nullable EarlierBuild version) {
    program = version == null ? OURS : version.program();
    brief &= version == null; // a work area is of one version
    return this;
  }

  /** Whom to tell how the starts go on. */
  public Fleetcast telling(Progress listener) {
    progress = listener;
    return this;
  }

  /** Starts the process and waits until it is started, ready and with the broker it is to have. */
  public Fleetcast start() {
    ready = false;
    Child started = launch();
    Wait.until(
        "the server",
        started,
        APPLICATION_FAILED,
        START_LIMIT,
        progress,
        () -> isUp("/health/started") && isUp("/health/ready"));
    ready = true;
    return this;
  }

  /**
   * Starts the process and, at the same time, the Elasticsearch that it is to have; waits until it
   * has put its templates there.
   */
  public Fleetcast startWith(Elasticsearch elasticsearch) {
    with("ELASTICSEARCH_URL", elasticsearch.uri().toString());
    Together.run(elasticsearch::start, this::start);
    await("templates")
        .atMost(START_LIMIT)
        .until(() -> Api.at(health).get("/health/ready").body().contains("\"templates\":\"ok\""));
    return this;
  }

  /** Starts the process and waits for nothing: for starts that are meant to fail. */
  public Fleetcast startUnready() {
    launch();
    return this;
  }

  /** Ends it in order (SIGTERM), keeping its data. */
  public void stop() {
    endsInOrder();
  }

  /** Ends it as a power cut would (SIGKILL), keeping its data. */
  public void kill() {
    running().ifPresent(Child::kill);
  }

  /** Stops it where it is (SIGSTOP): it keeps its connections and answers nothing. */
  public void suspend() {
    launched().suspend();
  }

  /** Lets it go on after {@link #suspend()}. */
  public void resume() {
    launched().resume();
  }

  /** Stops it in order if it still runs, and starts it again on its data. */
  public void restart() {
    stop();
    start();
  }

  /** Whether a health endpoint answers 200 now. */
  public boolean isUp(String path) {
    return Http.answers(health.resolve(path));
  }

  public boolean isRunning() {
    return running().filter(Child::isAlive).isPresent();
  }

  /** The process id of the JVM itself. */
  public long pid() {
    return launched().pid();
  }

  /** Waits, without limit, until the process has ended, whoever ended it. */
  public void awaitEnd() {
    launched().awaitEnd();
  }

  /** Its address, on the name that browsers use; it is also BASEURL. */
  public URI uri() {
    return URI.create("http://localhost:" + port);
  }

  /** Its address over TLS, with a certificate of its own making. */
  public URI tlsUri() {
    return URI.create("https://localhost:" + tlsPort);
  }

  /** Its output folder: below it are the database, the journal and the keys. */
  public Path output() {
    return folder.resolve(SERVER);
  }

  /** The folder of messages.log and console.log. */
  public Path logs() {
    return logs;
  }

  @Override
  public void close() {
    try {
      if (!ready || brief && WorkArea.isKept()) {
        kill(); // in the middle of its start it would take its time, and there is nothing to keep
      } else if (endsInOrder() && brief) {
        WorkArea.keep(output());
      }
    } finally {
      ready = false;
      Folders.delete(folder);
      AtExit.forgets(this);
    }
  }

  private boolean endsInOrder() {
    return running().map(running -> running.terminate(STOP_LIMIT)).orElse(false);
  }

  private synchronized Optional<Child> running() {
    return Optional.ofNullable(child);
  }

  private Child launched() {
    return running().orElseThrow(() -> new IllegalStateException("The server was not started"));
  }

  private synchronized Child launch() {
    if (!Files.isExecutable(program)) {
      throw new IllegalStateException("The server is not packaged yet: run mvn package");
    }
    Folders.create(logs);
    if (brief) {
      WorkArea.lend(output());
    }
    // "run" becomes the JVM (exec), so a signal to this process reaches the JVM itself.
    Child started =
        Child.start(
            List.of(program.toAbsolutePath().toString(), "run", SERVER),
            variables,
            logs.resolve("console.log"));
    child = started;
    return started;
  }
}
