package org.fleetcast.door;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.fleetcast.door.UnfinishedHeads.Head;
import org.jspecify.annotations.Nullable;

/**
 * The connections of Open Liberty's own ports. There is no API that leads to them, so this knows
 * the server's inside, as {@link ServerPages} does, by names: where they are not there (another
 * version, another transport) it throws when it is made.
 */
final class LibertyConnections {
  private static final String TCP_BUNDLE = "com.ibm.ws.channelfw";
  private static final String HTTP_BUNDLE = "com.ibm.ws.transport.http";
  private static final String TCP = "com.ibm.ws.tcpchannel.internal.";
  private static final String HTTP = "com.ibm.ws.http.channel.internal.";

  /** The size of the buffers that a head is read into; {@code incomingHdrBufferSize}. */
  private static final long BUFFER = 2048;

  /** What the handshake of TLS holds. */
  private static final long HANDSHAKE = 48 * 1024;

  private final Field acceptor;
  private final Field ports;
  private final Field channel;
  private final Field inUse;
  private final Method above;
  private final Class<?> httpLink;
  private final Field partial;
  private final Field requests;
  private final Method context;
  private final Method request;
  private final Method buffers;
  private final Method socketChannel;
  private final Method socket;

  /**
   * Finds them from any object of the server's.
   *
   * @throws ReflectiveOperationException when the server is made otherwise
   */
  LibertyConnections(Object container) throws ReflectiveOperationException {
    LibertyBundles bundles = new LibertyBundles(container);
    acceptor =
        LibertyBundles.field(bundles.type(TCP_BUNDLE, TCP + "TCPChannel"), "acceptReqProcessor");
    ports = LibertyBundles.field(bundles.type(TCP_BUNDLE, TCP + "NBAccept"), "endPointToAccept");
    channel = LibertyBundles.field(bundles.type(TCP_BUNDLE, TCP + "TCPPort"), "tcpChannel");
    inUse = LibertyBundles.field(bundles.type(TCP_BUNDLE, TCP + "TCPChannel"), "inUse");
    Class<?> link = bundles.type(TCP_BUNDLE, "com.ibm.wsspi.channelfw.ConnectionLink");
    above = link.getMethod("getApplicationCallback");
    httpLink = bundles.type(HTTP_BUNDLE, HTTP + "inbound.HttpInboundLink");
    partial = LibertyBundles.field(httpLink, "bPartialParsedRequest");
    requests = LibertyBundles.field(httpLink, "numRequestsProcessed");
    context = httpLink.getMethod("getHTTPContext");
    request =
        bundles
            .type(HTTP_BUNDLE, HTTP + "inbound.HttpInboundServiceContextImpl")
            .getMethod("getRequest");
    buffers =
        bundles
            .type(HTTP_BUNDLE, "com.ibm.ws.genericbnf.internal.BNFHeadersImpl")
            .getMethod("getBuffersIndex");
    socketChannel = bundles.type(TCP_BUNDLE, TCP + "TCPConnLink").getMethod("getSocketIOChannel");
    socket = bundles.type(TCP_BUNDLE, TCP + "SocketIOChannel").getMethod("getSocket");
  }

  /** The heads that have begun and are not whole, handshakes of TLS among them. */
  List<Head> unfinished() throws ReflectiveOperationException {
    List<Head> heads = new ArrayList<>();
    Object accepting = acceptor.get(null);
    if (accepting == null || !(ports.get(accepting) instanceof Map<?, ?> open)) {
      return heads;
    }
    for (Object port : List.copyOf(open.keySet())) {
      for (Queue<?> connections : (Queue<?>[]) inUse.get(channel.get(port))) {
        for (Object connection : connections) {
          Head head = headOrNone(connection);
          if (head != null) {
            heads.add(head);
          }
        }
      }
    }
    return heads;
  }

  private @Nullable Head headOrNone(Object connection) throws ReflectiveOperationException {
    try {
      return head(connection);
    } catch (InvocationTargetException ending) {
      return null; // what belongs to it goes while it is looked at
    }
  }

  private @Nullable Head head(Object connection) throws ReflectiveOperationException {
    Object link = above.invoke(connection);
    if (link == null) {
      return null; // nothing has come yet
    }
    if (!httpLink.isInstance(link)) {
      link = above.invoke(link); // TLS is between
      if (link == null) {
        return new Head(connection, 0, HANDSHAKE);
      }
    }
    if (!httpLink.isInstance(link) || !partial.getBoolean(link)) {
      return null;
    }
    Object message = context.invoke(link);
    Object head = message == null ? null : request.invoke(message);
    long held = head == null ? 0 : (int) buffers.invoke(head) + 1L;
    return new Head(connection, requests.getInt(link), held * BUFFER);
  }

  /**
   * Lets the server read the end of the connection, so that it closes it in its own way. A read
   * that it waits for could be timed out instead, but not one of whom there is always more.
   */
  void end(Object connection) throws ReflectiveOperationException {
    Object open = socketChannel.invoke(connection);
    try {
      if (open != null && socket.invoke(open) instanceof Socket found) {
        found.shutdownInput();
      }
    } catch (IOException ended) {
      // already
    }
  }
}
