package org.fleetcast.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.fleetcast.stack.Part;
import org.fleetcast.stack.Ports;

/**
 * The peer: nginx with the module nchan, one worker, a message by HTTP. Debian: nginx-light,
 * libnginx-mod-nchan.
 */
final class NchanSide implements Side, Part {
  private static final Path NGINX = Path.of("/usr/sbin/nginx");
  private static final Path MODULE = Path.of("/usr/lib/nginx/modules/ngx_nchan_module.so");

  private final int port = Ports.free();
  private final Path folder;
  private final Process master;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Thread atExit = new Thread(this::stop, "nchan-end");

  private NchanSide() throws IOException {
    folder = Files.createTempDirectory("nchan");
    Files.writeString(folder.resolve("nginx.conf"), configuration());
    Files.createDirectory(folder.resolve("logs"));
    master =
        new ProcessBuilder(
                NGINX.toString(),
                "-p",
                folder.toString(),
                "-c",
                folder.resolve("nginx.conf").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out.log").toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** One that answers; empty when it is not installed. */
  static Optional<NchanSide> started() {
    if (!Files.isExecutable(NGINX) || !Files.exists(MODULE)) {
      return Optional.empty();
    }
    try {
      NchanSide nchan = new NchanSide();
      while (nchan.worker().isEmpty() || !Ports.isInUse(nchan.port)) {
        if (!nchan.master.isAlive()) {
          throw new IllegalStateException(
              "nginx does not start: " + Files.readString(nchan.folder.resolve("out.log")));
        }
        Readers.pause(java.time.Duration.ofMillis(20));
      }
      return Optional.of(nchan);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private String configuration() {
    return """
        load_module %s;
        daemon off; worker_processes 1; worker_rlimit_nofile 20000;
        pid %s/nginx.pid; error_log %s/error.log warn;
        events { worker_connections 16000; }
        http {
          access_log off; keepalive_timeout 300s; keepalive_requests 1000000;
          nchan_shared_memory_size 512M; client_body_temp_path %s/body;
          server {
            listen 127.0.0.1:%d backlog=4096;
            location /sub { nchan_subscriber eventsource; nchan_channel_id bench;
              nchan_subscriber_first_message newest; nchan_eventsource_ping_interval 15; }
            location /pub { nchan_publisher; nchan_channel_id bench;
              nchan_message_buffer_length 100; nchan_message_timeout 5m; }
          }
        }
        """
        .formatted(MODULE, folder, folder, folder, port);
  }

  private Optional<ProcessHandle> worker() {
    return master.children().findFirst();
  }

  @Override
  public String name() {
    return "nchan";
  }

  @Override
  public long pid() {
    return worker().map(ProcessHandle::pid).orElseGet(master::pid);
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public Readers.Request request() {
    return new Readers.Request("/sub", "");
  }

  @Override
  public void publish(byte[] message) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/pub"))
            .POST(BodyPublishers.ofByteArray(message))
            .build();
    try {
      client.send(request, BodyHandlers.discarding());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The bench was interrupted", stop);
    }
  }

  private void stop() {
    List<ProcessHandle> all =
        Stream.concat(master.descendants(), Stream.of(master.toHandle())).toList();
    master.destroy();
    all.forEach(process -> process.onExit().orTimeout(10, TimeUnit.SECONDS).join());
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(atExit);
    stop();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
