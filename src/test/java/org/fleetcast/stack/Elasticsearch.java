package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One Elasticsearch node without security on a free port of the loopback, from the distribution
 * that the build unpacks below {@code target/elasticsearch}.
 *
 * <p>Its data outlives {@link #stop()} and {@link #kill()}, and goes with {@link #close()}. It
 * refuses to run as root, so there it runs as nobody.
 */
public final class Elasticsearch implements Part {
  private static final Path UNPACKED = Path.of("target", "elasticsearch");
  private static final Duration START_LIMIT = Duration.ofMinutes(5);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(90);
  private static final String NOBODY = "65534";
  private static final List<String> AS_NOBODY =
      List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");

  private final Progress progress;
  private final int port = Ports.free();
  private final Path folder = Folders.temporary("elasticsearch");
  private final boolean root = isRoot(folder);
  private final Path home;
  private @Nullable Child child;

  private Elasticsearch(Progress progress) {
    this.progress = progress;
    AtExit.closes(this);
    Path unpacked = unpacked();
    this.home = readable(unpacked);
    configure();
  }

  /** A new, empty node, not started yet. */
  public static Elasticsearch prepared(Progress progress) {
    return new Elasticsearch(progress);
  }

  /** Starts a new, empty node and waits until it answers. */
  public static Elasticsearch started(Progress progress) {
    Elasticsearch node = prepared(progress);
    node.start();
    return node;
  }

  /** Where it answers HTTP; the same after each start. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** The folder in which it may keep snapshots. */
  public Path repository() {
    return folder.resolve("snapshots");
  }

  /** Starts it, on the data that it has, and waits until it answers. */
  public void start() {
    Child started = launch();
    URI health = uri().resolve("/_cluster/health?wait_for_status=yellow&timeout=1s");
    Wait.until(
        "Elasticsearch",
        started,
        "fatal exception while booting",
        START_LIMIT,
        progress,
        () -> Http.answers(health));
  }

  /** Stops it in order, keeping its data. */
  public void stop() {
    running().ifPresent(running -> running.terminate(STOP_LIMIT));
  }

  /** Ends it as a power cut would, keeping its data. */
  public void kill() {
    running().ifPresent(Child::kill);
  }

  /** Freezes it: connections stay open and nothing is answered. */
  public void suspend() {
    running().ifPresent(Child::suspend);
  }

  /** Lets it go on after {@link #suspend()}. */
  public void resume() {
    running().ifPresent(Child::resume);
  }

  @Override
  public void close() {
    kill();
    Folders.delete(folder);
    AtExit.forgets(this);
  }

  private synchronized Child launch() {
    List<String> command = new ArrayList<>(root ? AS_NOBODY : List.of());
    command.add(home.resolve("bin/elasticsearch").toString());
    Map<String, String> variables =
        Map.of(
            "ES_JAVA_HOME", System.getProperty("java.home"),
            "ES_PATH_CONF", folder.resolve("config").toString(),
            "ES_TMPDIR", folder.resolve("tmp").toString(),
            "ES_JAVA_OPTS", "-Xms512m -Xmx512m " + Fleetcast.QUICK_TO_START);
    Child started = Child.start(command, variables, folder.resolve("output.log"));
    child = started;
    return started;
  }

  private synchronized Optional<Child> running() {
    return Optional.ofNullable(child);
  }

  private static Path unpacked() {
    try (Stream<Path> found = Files.list(UNPACKED)) {
      return found
          .filter(path -> Files.isExecutable(path.resolve("bin/elasticsearch")))
          .findFirst()
          .orElseThrow(Elasticsearch::missing)
          .toAbsolutePath();
    } catch (IOException notThere) {
      throw missing();
    }
  }

  private static IllegalStateException missing() {
    return new IllegalStateException(
        "Elasticsearch is not unpacked yet: run mvn dependency:unpack@elasticsearch");
  }

  private static boolean isRoot(Path ownFolder) {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(ownFolder, "unix:uid"));
    } catch (IOException unknown) {
      throw new UncheckedIOException(unknown);
    }
  }

  /** The distribution where the one who will run it can read it: a checkout may be private. */
  private Path readable(Path unpacked) {
    if (!root || nobodyCan("-x", unpacked.resolve("bin/elasticsearch"))) {
      return unpacked;
    }
    if (!nobodyCan("-x", Path.of(System.getProperty("java.home"), "bin", "java"))) {
      throw new IllegalStateException(
          "Elasticsearch does not run as root and nobody may not run this JDK: install setpriv"
              + " (util-linux) and a JDK that all users may run, or do not be root");
    }
    Path copy = folder.resolve("home");
    Folders.copy(unpacked, copy);
    return copy;
  }

  private static boolean nobodyCan(String test, Path path) {
    List<String> command = new ArrayList<>(AS_NOBODY);
    command.addAll(List.of("test", test, path.toString()));
    return Child.succeeds(command.toArray(String[]::new));
  }

  private void configure() {
    Path config = folder.resolve("config");
    Folders.copy(home.resolve("config"), config);
    Folders.create(folder.resolve("tmp"));
    try {
      Files.writeString(config.resolve("elasticsearch.yml"), settings());
      if (root) {
        UserPrincipal nobody =
            folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
        for (Path path : Folders.tree(folder)) {
          Files.setOwner(path, nobody);
        }
      }
    } catch (IOException refused) {
      throw new UncheckedIOException("Elasticsearch could not be configured", refused);
    }
  }

  private String settings() {
    return """
        cluster.name: fleetcast
        discovery.type: single-node
        xpack.security.enabled: false
        network.host: 127.0.0.1
        http.port: %d
        transport.port: %d
        path.data: %s
        path.logs: %s
        path.repo: %s
        # A developer's disk is often nearly full; that is not what is tried here.
        cluster.routing.allocation.disk.threshold_enabled: false
        """
        .formatted(
            port, Ports.free(), folder.resolve("data"), folder.resolve("logs"), repository());
  }
}
