package org.fleetcast.stack;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The packaged server's configuration once more, in a temporary folder, with what Arquillian needs
 * to put tests into it, and a broker beside it. Who starts and stops the server is Arquillian; it
 * finds it by a name that no other server on the machine has. The logs are kept below {@code
 * target/stack}.
 */
final class ArquillianServer implements Part {
  private static final Path PACKAGED =
      Path.of("target", "liberty", "wlp", "usr", "servers", "fleetcast");
  private static final List<String> CONFIGURATION = List.of("server.env", "jvm.options", "jdbc");

  private static final Pattern APPLICATION = Pattern.compile("<webApplication [^>]*/>");
  private static final Path LOGS = Path.of("target", "stack", "arquillian");

  private final String name = "arquillian-" + UUID.randomUUID();
  private final Path folder = Folders.temporary("arquillian");
  private final Mosquitto broker = Mosquitto.open();

  private ArquillianServer() {
    AtExit.closes(this);
  }

  static ArquillianServer prepared() {
    ArquillianServer server = new ArquillianServer();
    server.configure();
    return server;
  }

  String name() {
    return name;
  }

  /** Where Liberty looks for the server: its {@code WLP_USER_DIR}. */
  Path folder() {
    return folder;
  }

  @Override
  public void close() {
    end();
    broker.close();
    Path logs = server().resolve("logs");
    if (Files.exists(logs)) {
      Folders.delete(LOGS);
      Folders.copy(logs, LOGS);
    }
    Folders.delete(folder);
    AtExit.forgets(this);
  }

  /** A server that Arquillian gave up waiting for would run on for ever. */
  private void end() {
    ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().commandLine().orElse("").contains(name))
        .forEach(
            process -> {
              process.destroyForcibly();
              process.onExit().join();
            });
  }

  private Path server() {
    return folder.resolve("servers").resolve(name);
  }

  private void configure() {
    Path server = Folders.create(server());
    CONFIGURATION.forEach(file -> Folders.copy(PACKAGED.resolve(file), server.resolve(file)));
    Path overrides = Folders.create(server.resolve("configDropins").resolve("overrides"));
    try (InputStream more = ArquillianServer.class.getResourceAsStream("/arquillian-server.xml")) {
      // Arquillian brings the application; the start would wait for one that is named and not
      // there.
      String whole = Files.readString(PACKAGED.resolve("server.xml"));
      Files.writeString(server.resolve("server.xml"), APPLICATION.matcher(whole).replaceFirst(""));
      Files.write(overrides.resolve("arquillian.xml"), more.readAllBytes());
      Files.write(server.resolve("server.env"), variables(), StandardOpenOption.APPEND);
    } catch (IOException refused) {
      throw new UncheckedIOException("The server could not be configured", refused);
    }
  }

  /** Elasticsearch is configured and never there, so the journal keeps every line. */
  private List<String> variables() {
    int port = Ports.free();
    return List.of(
        "",
        "JAVA_HOME=" + System.getProperty("fleetcast.java.home", System.getProperty("java.home")),
        "JVM_ARGS=" + Fleetcast.COMPILING_LITTLE,
        "HTTP_PORT=" + port,
        "HTTPS_PORT=" + Ports.free(),
        "BASEURL=http://localhost:" + port,
        "MQTT_URL=" + broker.url(),
        "ELASTICSEARCH_URL=http://localhost:1",
        "JOURNAL_DIR=" + folder.resolve("journal"),
        "FLEETCAST_LOCAL_LOGIN=true",
        "SECRET_KEY=" + UUID.randomUUID());
  }
}
