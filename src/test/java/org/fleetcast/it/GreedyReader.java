package org.fleetcast.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A user who asks for much at once and reads none of it. */
final class GreedyReader implements AutoCloseable {
  private static final int SMALL = 16 * 1024;

  private final List<Socket> sockets = new ArrayList<>();
  private final List<String> heads = new ArrayList<>();
  private final URI base;
  private final String token;

  GreedyReader(URI base, String token) {
    this.base = base;
    this.token = token;
  }

  /** Asks for something on a connection of its own. */
  void ask(String path) {
    String request =
        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nAuthorization: Bearer %s\r\n\r\n"
            .formatted(path, base.getHost(), base.getPort(), token);
    try {
      Socket socket = new Socket();
      socket.setReceiveBufferSize(SMALL);
      socket.connect(new InetSocketAddress(base.getHost(), base.getPort()));
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      sockets.add(socket);
      heads.add("");
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The first bytes of the answers that have come, in which status and headers are. */
  Stream<String> heads() {
    for (int i = 0; i < sockets.size(); i++) {
      if (heads.get(i).isEmpty()) {
        heads.set(i, head(sockets.get(i)));
      }
    }
    return heads.stream().filter(head -> !head.isEmpty());
  }

  private static String head(Socket socket) {
    try {
      InputStream in = socket.getInputStream();
      return in.available() == 0
          ? ""
          : new String(in.readNBytes(Math.min(1_000, in.available())), StandardCharsets.UTF_8);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Leaves, whatever was answered. */
  @Override
  public void close() {
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }
    sockets.clear();
  }
}
