package org.fleetcast.live.transport;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The socket below a response of Open Liberty's. There is no API that leads to it, so this is the
 * one place of this package that knows the server's inside, by names: where they are not there
 * (TLS, another server) there is no socket, and the stream goes through the container.
 */
public final class LibertySocket {
  private static final List<String> WAY_DOWN =
      List.of("getIResponse", "getTCPConnectionContext", "getSocketIOChannel", "getSocket");

  private LibertySocket() {}

  /**
   * The socket that takes the body's chunks; empty when it cannot be reached or takes no chunks.
   *
   * @param response the container's own, with its head sent
   */
  static Optional<SocketChannel> below(HttpServletResponse response) {
    return "chunked".equalsIgnoreCase(response.getHeader("Transfer-Encoding"))
        ? channel(response)
        : Optional.empty();
  }

  /** The socket that a request came by whose answer has not begun; empty unless it is HTTP/1.1. */
  public static Optional<SocketChannel> of(
      HttpServletRequest request, HttpServletResponse response) {
    return request.getProtocol().equals("HTTP/1.1") && !request.isSecure()
        ? channel(response)
        : Optional.empty();
  }

  private static Optional<SocketChannel> channel(HttpServletResponse response) {
    return down(response) instanceof Socket socket
            && socket.getChannel() != null
            && !socket.getChannel().isBlocking()
        ? Optional.of(socket.getChannel())
        : Optional.empty();
  }

  /**
   * Closes the socket below an answer that has begun and cannot go on: the container would end it
   * as if it were whole. False where it cannot be reached.
   */
  public static boolean cut(HttpServletResponse response) {
    Optional<SocketChannel> socket = below(response);
    if (socket.isEmpty()) {
      return false;
    }
    try {
      socket.get().close();
    } catch (IOException closed) {
      return true; // that is what was wanted
    }
    return true;
  }

  private static @Nullable Object down(Object response) {
    Object reached = response;
    try {
      for (String step : WAY_DOWN) {
        reached = reached == null ? null : reached.getClass().getMethod(step).invoke(reached);
      }
      return reached;
    } catch (ReflectiveOperationException otherWay) {
      return null;
    }
  }
}
