package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Many plain connections to one server, which all say the same, whatever HTTP thinks of it. */
public final class Strangers implements AutoCloseable {
  private final List<Stranger> all = new ArrayList<>();

  private static final class Stranger {
    private final SocketChannel socket;
    private final StringBuilder heard = new StringBuilder();
    private boolean ended;

    private Stranger(SocketChannel socket) {
      this.socket = socket;
    }
  }

  private Strangers() {}

  /** Opens so many connections. */
  public static Strangers connect(URI server, int count) {
    Strangers strangers = new Strangers();
    try {
      for (int i = 0; i < count; i++) {
        SocketChannel socket =
            SocketChannel.open(new InetSocketAddress(server.getHost(), server.getPort()));
        socket.configureBlocking(false);
        strangers.all.add(new Stranger(socket));
      }
    } catch (IOException refused) {
      strangers.close();
      throw new UncheckedIOException("A connection was refused", refused);
    }
    return strangers;
  }

  /** Sends this on each connection that is still open, as far as it takes it at once. */
  public Strangers say(String text) {
    return say(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The same with bytes. */
  public Strangers say(byte[] bytes) {
    all.forEach(stranger -> say(stranger, ByteBuffer.wrap(bytes)));
    return listen();
  }

  private static void say(Stranger stranger, ByteBuffer bytes) {
    try {
      if (!stranger.ended) {
        stranger.socket.write(bytes);
      }
    } catch (IOException closed) {
      listen(stranger);
      stranger.ended = true;
    }
  }

  /** Takes what was sent to them. */
  public Strangers listen() {
    all.forEach(Strangers::listen);
    return this;
  }

  private static void listen(Stranger stranger) {
    ByteBuffer room = ByteBuffer.allocate(8192);
    try {
      while (!stranger.ended) {
        int read = stranger.socket.read(room.clear());
        if (read == 0) {
          return;
        }
        stranger.ended = read < 0;
        stranger.heard.append(StandardCharsets.ISO_8859_1.decode(room.flip()));
      }
    } catch (IOException reset) {
      stranger.ended = true;
    }
  }

  /** How many were closed by the server. */
  public long ended() {
    return all.stream().filter(stranger -> stranger.ended).count();
  }

  /** How many got an answer. */
  public long answered() {
    return all.stream().filter(stranger -> !stranger.heard.isEmpty()).count();
  }

  /** How many got which status first; 0 where there was no answer. */
  public Map<Integer, Integer> statuses() {
    Map<Integer, Integer> statuses = new TreeMap<>();
    for (Stranger stranger : all) {
      String heard = stranger.heard.toString();
      int status = heard.startsWith("HTTP/1.1 ") ? Integer.parseInt(heard.substring(9, 12)) : 0;
      statuses.merge(status, 1, Integer::sum);
    }
    return statuses;
  }

  @Override
  public void close() {
    for (Stranger stranger : all) {
      try {
        stranger.socket.close();
      } catch (IOException already) {
        // it is closed
      }
    }
  }
}
