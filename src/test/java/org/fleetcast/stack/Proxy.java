package org.fleetcast.stack;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;

/**
 * The network between a viewer and the server, which can break: connections are cut, or stay open
 * and carry nothing any more.
 */
public final class Proxy implements Part {
  private final ServerSocket door;
  private final int target;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Line> lines = ConcurrentHashMap.newKeySet();
  private volatile boolean broken;
  private volatile boolean swallowing;

  private final String scheme;

  private Proxy(ServerSocket door, String scheme, int target) {
    this.door = door;
    this.scheme = scheme;
    this.target = target;
    AtExit.closes(this);
  }

  /** A working network before a server on this machine. */
  public static Proxy before(URI server) {
    return before(server, "http", ServerSocketFactory.getDefault());
  }

  /** The same, which speaks TLS with a certificate in front of a server that does not. */
  public static Proxy overTls(URI server, SSLContext certificate) {
    return before(server, "https", certificate.getServerSocketFactory());
  }

  private static Proxy before(URI server, String scheme, ServerSocketFactory sockets) {
    try {
      ServerSocket door = sockets.createServerSocket();
      door.bind(new InetSocketAddress(InetAddress.getByName("localhost"), 0));
      Proxy proxy = new Proxy(door, scheme, server.getPort());
      proxy.threads.execute(proxy::acceptAll);
      return proxy;
    } catch (IOException exhausted) {
      throw new UncheckedIOException("There is no free port", exhausted);
    }
  }

  /** The server's address as seen through this network. */
  public URI uri() {
    return URI.create(scheme + "://localhost:" + door.getLocalPort());
  }

  /** Cuts every connection, and every new one, until {@link #mend()}. */
  public void cut() {
    broken = true;
    lines.forEach(Line::close);
  }

  /** New connections work again. */
  public void mend() {
    broken = false;
    swallowing = false;
  }

  /** As {@link #hang()}, and new connections hang as well, until {@link #mend()}. */
  public void swallow() {
    swallowing = true;
    hang();
  }

  /**
   * The connections of now stay open for both ends, and nothing comes over them any more; new ones
   * work.
   */
  public void hang() {
    lines.forEach(line -> line.dead = true);
  }

  @Override
  public void close() {
    AtExit.forgets(this);
    quietly(door);
    lines.forEach(Line::close);
    threads.shutdownNow();
  }

  private void acceptAll() {
    while (!door.isClosed()) {
      try {
        accept(door.accept());
      } catch (IOException | RejectedExecutionException closedOrServerAway) {
        continue; // whoever wanted to connect sees it
      }
    }
  }

  private void accept(Socket viewer) throws IOException {
    if (broken) {
      viewer.close();
      return;
    }
    try {
      Line line = new Line(viewer, new Socket("localhost", target));
      lines.add(line);
      if (swallowing) {
        line.dead = true;
      }
      if (broken) {
        line.close(); // it was cut while this one came
      }
      threads.execute(() -> carry(line, line.viewer, line.server));
      threads.execute(() -> carry(line, line.server, line.viewer));
    } catch (IOException serverAway) {
      viewer.close();
      throw serverAway;
    }
  }

  private void carry(Line line, Socket from, Socket to) {
    byte[] bytes = new byte[16 * 1024];
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        if (!line.dead) {
          out.write(bytes, 0, count);
        }
      }
    } catch (IOException cut) {
      return; // one end went, or we cut it: the other is closed below
    } finally {
      if (!line.dead) {
        line.close();
      }
    }
  }

  private static void quietly(Closeable open) {
    try {
      open.close();
    } catch (IOException gone) {
      return; // it is closed, which is all that was wanted
    }
  }

  /** One connection, from end to end. */
  private final class Line {
    private final Socket viewer;
    private final Socket server;
    private volatile boolean dead;

    Line(Socket viewer, Socket server) {
      this.viewer = viewer;
      this.server = server;
    }

    void close() {
      lines.remove(this);
      quietly(viewer);
      quietly(server);
    }
  }
}
