package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An nginx on a free loopback port before several servers, each request to the next of them as it
 * comes: nothing keeps a viewer at one.
 */
public final class Nginx implements Part {
  private static final Path PROGRAM = Path.of("/usr/sbin/nginx");
  private static final String REFUSES = "[emerg]";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final int port = Ports.free();
  private final Path folder = Folders.temporary("nginx");
  private final Child child;

  private Nginx(List<Fleetcast> servers) {
    Path configuration = folder.resolve("nginx.conf");
    Folders.create(folder.resolve("logs"));
    try {
      Files.writeString(configuration, configuration(servers));
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
    child =
        Child.start(
            List.of(PROGRAM.toString(), "-p", folder.toString(), "-c", configuration.toString()),
            Map.of(),
            folder.resolve("out.log"));
    AtExit.closes(this);
  }

  /** One that answers, before servers that may not run yet. */
  public static Nginx before(List<Fleetcast> servers) {
    Nginx nginx = new Nginx(servers);
    Wait.until(
        "nginx",
        nginx.child,
        REFUSES,
        PATIENCE,
        Progress.silent(),
        () -> Ports.isInUse(nginx.port));
    return nginx;
  }

  public URI uri() {
    return URI.create("http://localhost:" + port);
  }

  private String configuration(List<Fleetcast> servers) {
    return """
        daemon off; worker_processes 1; worker_rlimit_nofile 8000;
        pid %s/nginx.pid; error_log %s/error.log warn;
        events { worker_connections 4000; }
        http {
          access_log off; client_body_temp_path %s/body; proxy_temp_path %s/proxy;
          upstream replicas { %s }
          server {
            listen 127.0.0.1:%d backlog=1024;
            location / {
              proxy_pass http://replicas; proxy_http_version 1.1; proxy_set_header Connection "";
              proxy_set_header Host $http_host; proxy_buffering off;
              proxy_connect_timeout 2s; proxy_read_timeout 60s;
            }
          }
        }
        """
        .formatted(folder, folder, folder, folder, upstream(servers), port);
  }

  private static String upstream(List<Fleetcast> servers) {
    return servers.stream()
        .map(server -> "server 127.0.0.1:" + server.uri().getPort() + " fail_timeout=1s;")
        .collect(Collectors.joining(" "));
  }

  @Override
  public void close() {
    child.terminate(PATIENCE);
    Folders.delete(folder);
    AtExit.forgets(this);
  }
}
