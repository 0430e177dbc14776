package org.fleetcast.live;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The way straight into the socket of an HTTP/1.1 response, whose head the container has sent: each
 * write is one chunk of the body. It never waits; what a reader does not take is kept by reference,
 * so a reader that stops costs no thread and no copy.
 */
final class SocketWire implements Wire {
  private static final byte[] END_OF_CHUNK = {'\r', '\n'};
  private static final int SIZE_LINE = 10;
  private static final int ROOM = 80 * 1024;
  private static final ByteBuffer[] NOTHING = {};

  /** Where a thread puts the pieces of a chunk together. */
  private static final ThreadLocal<ByteBuffer> ROOMS =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(ROOM));

  private final SocketChannel socket;
  private final EventLoop loop;
  private ByteBuffer[] rest = NOTHING;

  SocketWire(SocketChannel socket, EventLoop loop) {
    this.socket = socket;
    this.loop = loop;
  }

  @Override
  public void execute(Runnable task) {
    loop.execute(task);
  }

  @Override
  public boolean send(List<byte[]> pieces, Runnable again) throws IOException {
    int size = 0;
    for (byte[] piece : pieces) {
      size += piece.length;
    }
    byte[] sizeLine = (Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    int sent = 0;
    if (size <= ROOM - SIZE_LINE - END_OF_CHUNK.length) {
      ByteBuffer room = ROOMS.get().clear().put(sizeLine);
      pieces.forEach(room::put);
      room.put(END_OF_CHUNK).flip();
      sent = socket.write(room);
      if (!room.hasRemaining()) {
        return true;
      }
    }
    rest = unsent(sizeLine, pieces, sent);
    return sendRest(again);
  }

  private static ByteBuffer[] unsent(byte[] sizeLine, List<byte[]> pieces, int sent) {
    ByteBuffer[] chunk = new ByteBuffer[pieces.size() + 2];
    chunk[0] = ByteBuffer.wrap(sizeLine);
    for (int i = 0; i < pieces.size(); i++) {
      chunk[i + 1] = ByteBuffer.wrap(pieces.get(i));
    }
    chunk[chunk.length - 1] = ByteBuffer.wrap(END_OF_CHUNK);
    int toSkip = sent;
    for (ByteBuffer piece : chunk) {
      int skipped = Math.min(toSkip, piece.remaining());
      piece.position(skipped);
      toSkip -= skipped;
    }
    return chunk;
  }

  @Override
  public boolean sendRest(Runnable again) throws IOException {
    while (rest.length > 0 && rest[rest.length - 1].hasRemaining()) {
      if (socket.write(rest) == 0) {
        loop.whenWritable(socket, again);
        return false;
      }
    }
    rest = NOTHING;
    return true;
  }

  /** Else the container would wait to end a body that is in the middle of a chunk. */
  @Override
  public void cut() throws IOException {
    socket.close();
  }
}
