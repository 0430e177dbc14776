package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The peer of the benchmark: nginx with the module nchan on a free loopback port, one worker.
 * {@code POST /pub} publishes, {@code GET /sub} streams. Debian: nginx-light, libnginx-mod-nchan.
 */
public final class Nchan implements Part {
  private static final Path NGINX = Path.of("/usr/sbin/nginx");
  private static final Path MODULE = Path.of("/usr/lib/nginx/modules/ngx_nchan_module.so");
  private static final String REFUSES = "[emerg]";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final int port = Ports.free();
  private final Path folder = Folders.temporary("nchan");
  private final Child child;

  private Nchan() {
    Path configuration = folder.resolve("nginx.conf");
    Folders.create(folder.resolve("logs"));
    try {
      Files.writeString(configuration, configuration());
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
    child =
        Child.start(
            List.of(NGINX.toString(), "-p", folder.toString(), "-c", configuration.toString()),
            Map.of(),
            folder.resolve("out.log"));
    AtExit.closes(this);
  }

  /** Whether this machine has it. */
  public static boolean isInstalled() {
    return Files.isExecutable(NGINX) && Files.exists(MODULE);
  }

  /** One that answers. */
  public static Nchan started() {
    Nchan nchan = new Nchan();
    Wait.until(
        "nginx",
        nchan.child,
        REFUSES,
        PATIENCE,
        Progress.silent(),
        () -> nchan.child.first().isPresent() && Ports.isInUse(nchan.port));
    return nchan;
  }

  public int port() {
    return port;
  }

  /** The process id of the worker, which does all the work. */
  public long pid() {
    return child.first().orElseThrow();
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

  @Override
  public void close() {
    child.terminate(PATIENCE);
    Folders.delete(folder);
    AtExit.forgets(this);
  }
}
