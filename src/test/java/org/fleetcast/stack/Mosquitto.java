package org.fleetcast.stack;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A real Mosquitto on a free loopback port, with persistence and an endless queue.
 *
 * <p>It can be stopped or killed and started again: port and persisted sessions stay the same.
 */
public final class Mosquitto implements AutoCloseable {
  static {
    // Paho's receiver may die of a null pointer while its client is being closed; Awaitility would
    // take that for a failure of whatever test happens to wait at that moment.
    Awaitility.doNotCatchUncaughtExceptionsByDefault();
  }

  private static final Path SHIPPED = Path.of("src/main/kubernetes/components/mosquitto");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path folder;
  private final int port;
  private final boolean tls;
  private @Nullable Process process;

  private Mosquitto(Path folder, int port, boolean tls) {
    this.folder = folder;
    this.port = port;
    this.tls = tls;
  }

  /** Whether this machine has a Mosquitto. */
  public static boolean isInstalled() {
    return find("mosquitto") != null;
  }

  /** A broker that lets everybody in. */
  public static Mosquitto open() {
    return start(false, List.of("allow_anonymous true"));
  }

  /** A broker that lets in one user. */
  public static Mosquitto withUser(String user, String password) {
    Path folder = newFolder();
    Path file = folder.resolve("users");
    run(folder, command("mosquitto_passwd"), "-b", "-c", file.toString(), user, password);
    return start(folder, false, List.of("allow_anonymous false", "password_file " + file));
  }

  /** A broker that speaks TLS only and asks for a certificate of its own authority. */
  public static Mosquitto withTls() {
    Path folder = newFolder();
    Certificates certificates = Certificates.in(folder);
    certificates.issue("server");
    certificates.issue("client");
    return start(
        folder,
        true,
        List.of(
            "allow_anonymous true",
            "cafile " + folder.resolve("ca.pem"),
            "certfile " + folder.resolve("server.pem"),
            "keyfile " + folder.resolve("server.key"),
            "require_certificate true"));
  }

  /**
   * The broker as we ship it, with a certificate of its own authority and these users, each with
   * his name as his password. Only its port and its files are elsewhere.
   */
  public static Mosquitto shipped(List<String> users) {
    Path folder = newFolder();
    Certificates.in(folder).issue("server");
    int port = Ports.free();
    try {
      String config =
          Files.readString(SHIPPED.resolve("mosquitto.conf"))
              .replace("listener 8883", "listener " + port + " 127.0.0.1")
              .replace("/mosquitto/certs/tls.crt", folder.resolve("server.pem").toString())
              .replace("/mosquitto/certs/tls.key", folder.resolve("server.key").toString())
              .replace("/mosquitto/users/", folder + "/")
              .replace("/mosquitto/config/", folder + "/")
              .replace("/mosquitto/data/", folder + "/")
              .replace("log_dest stdout", "log_dest file " + folder.resolve("mosquitto.log"));
      Files.writeString(folder.resolve("mosquitto.conf"), config + asRoot());
      writePrivately(folder.resolve("acl"), Files.readString(SHIPPED.resolve("acl")));
      passwords(folder, users);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return started(new Mosquitto(folder, port, true));
  }

  private static Mosquitto start(boolean tls, List<String> lines) {
    return start(newFolder(), tls, lines);
  }

  private static Mosquitto start(Path folder, boolean tls, List<String> lines) {
    int port = Ports.free();
    List<String> config = new ArrayList<>();
    config.add("listener " + port + " 127.0.0.1");
    config.addAll(lines);
    config.add("persistence true");
    config.add("persistence_location " + folder + "/");
    config.add("autosave_interval 1");
    config.add("max_queued_messages 0");
    config.add("log_dest file " + folder.resolve("mosquitto.log"));
    config.add("log_type all");
    config.add(asRoot());
    try {
      Files.write(folder.resolve("mosquitto.conf"), config);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return started(new Mosquitto(folder, port, tls));
  }

  private static Mosquitto started(Mosquitto broker) {
    Runtime.getRuntime().addShutdownHook(new Thread(broker::kill, "mosquitto-end"));
    broker.start();
    return broker;
  }

  /** Else it gives up the right to read its own folder. */
  private static String asRoot() {
    return "root".equals(System.getProperty("user.name")) ? "user root\n" : "";
  }

  private static void passwords(Path folder, List<String> users) throws IOException {
    Path file = folder.resolve("users");
    writePrivately(file, "");
    String tool = command("mosquitto_passwd");
    users.forEach(user -> run(folder, tool, "-b", file.toString(), user, user));
  }

  private static void writePrivately(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** Starts it again after a stop or a kill; returns when it accepts connections. */
  public void start() {
    try {
      process =
          new ProcessBuilder(
                  command("mosquitto"), "-c", folder.resolve("mosquitto.conf").toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("out.log").toFile())
              .start();
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!accepts()) {
        if (System.nanoTime() > end || !process.isAlive()) {
          throw new IllegalStateException(
              "Mosquitto does not start: " + Files.readString(folder.resolve("out.log")));
        }
        Thread.onSpinWait();
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Stops it in an orderly way: it saves its sessions. */
  public void stop() {
    end(false);
  }

  /** Kills it: what it has not saved (it saves every second) is lost. */
  public void kill() {
    end(true);
  }

  private void end(boolean forcibly) {
    Process running = process;
    if (running == null) {
      return;
    }
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (running.isAlive()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("Mosquitto does not end");
      }
      if (forcibly) {
        running.destroyForcibly();
      } else {
        running
            .destroy(); // again, since it forgets a signal that comes just after its port is open
      }
      running.onExit().completeOnTimeout(running, 1, TimeUnit.SECONDS).join();
    }
    process = null;
  }

  public int port() {
    return port;
  }

  /** Its address, as devices and publishers take it. */
  public URI uri() {
    return URI.create(url());
  }

  /** Its address as Fleetcast's configuration wants it. */
  public String url() {
    return (tls ? "mqtts" : "mqtt") + "://127.0.0.1:" + port;
  }

  /** A file of the broker: ca.pem, client.pem and client.key when it speaks TLS, mosquitto.log. */
  public Path file(String name) {
    return folder.resolve(name);
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private static Path newFolder() {
    try {
      return Files.createTempDirectory("mosquitto");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String command(String name) {
    String found = find(name);
    if (found == null) {
      throw new IllegalStateException(name + " is not installed (Debian: mosquitto)");
    }
    return found;
  }

  private static @Nullable String find(String name) {
    String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin";
    return Stream.of(path.split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElse(null);
  }

  static void run(Path folder, String... command) {
    try {
      File log = folder.resolve("command.log").toFile();
      Process process =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
      if (process.onExit().orTimeout(60, TimeUnit.SECONDS).join().exitValue() != 0) {
        throw new IllegalStateException(command[0] + ": " + Files.readString(log.toPath()));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
