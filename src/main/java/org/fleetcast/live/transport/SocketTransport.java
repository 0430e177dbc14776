package org.fleetcast.live.transport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way straight into the socket of an HTTP/1.1 response, whose head the container has sent: each
 * write is one chunk of the body. It never waits; what a reader does not take is kept by reference,
 * so a reader that stops costs no thread and no copy.
 *
 * <p>It listens for the end of what the reader sends, which is how it learns at once that the
 * reader left. A reader that sends something after its request is not listened to any more, and its
 * connection does not serve another one.
 */
final class SocketTransport implements StreamTransport, SocketWatch.Watcher {
  private static final byte[] END_OF_CHUNK = {'\r', '\n'};
  private static final int SIZE_LINE = 10;
  private static final int END = -1;
  private static final ByteBuffer[] NOTHING = {};

  private final SocketChannel socket;
  private final EventLoop loop;
  private ByteBuffer[] rest = NOTHING;
  private @Nullable SocketWatch watch;
  private Runnable again = () -> {};
  private boolean left;
  private boolean spoke;
  private volatile boolean stalled;

  SocketTransport(SocketChannel socket, EventLoop loop) {
    this.socket = socket;
    this.loop = loop;
  }

  @Override
  public void execute(Runnable task) {
    loop.execute(task);
  }

  @Override
  public boolean send(List<byte[]> pieces, Runnable again) throws IOException {
    this.again = again;
    requireReader();
    int size = 0;
    for (byte[] piece : pieces) {
      size += piece.length;
    }
    byte[] sizeLine = (Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    int sent = 0;
    ByteBuffer room = loop.room();
    if (size <= room.remaining() - SIZE_LINE - END_OF_CHUNK.length) {
      room.put(sizeLine);
      pieces.forEach(room::put);
      room.put(END_OF_CHUNK).flip();
      sent = socket.write(room);
      if (!room.hasRemaining()) {
        return true;
      }
    }
    rest = chunk(sizeLine, pieces);
    skip(sent);
    return sendRest(again);
  }

  private SocketWatch requireReader() throws IOException {
    if (left) {
      throw new EOFException("the reader left");
    }
    if (!socket.isOpen()) {
      throw new ClosedChannelException(); // by the loop or the container, who say no more of it
    }
    SocketWatch watched = watch == null ? loop.watch(socket, this) : watch;
    watch = watched;
    return watched;
  }

  private static ByteBuffer[] chunk(byte[] sizeLine, List<byte[]> pieces) {
    ByteBuffer[] chunk = new ByteBuffer[pieces.size() + 2];
    chunk[0] = ByteBuffer.wrap(sizeLine);
    for (int i = 0; i < pieces.size(); i++) {
      chunk[i + 1] = ByteBuffer.wrap(pieces.get(i));
    }
    chunk[chunk.length - 1] = ByteBuffer.wrap(END_OF_CHUNK);
    return chunk;
  }

  private void skip(int sent) {
    int toSkip = sent;
    for (ByteBuffer piece : rest) {
      int skipped = Math.min(toSkip, piece.remaining());
      piece.position(piece.position() + skipped);
      toSkip -= skipped;
    }
  }

  /** Sends no more than the loop has room for, so that its other streams have their turn. */
  @Override
  public boolean sendRest(Runnable again) throws IOException {
    this.again = again;
    SocketWatch reader = requireReader();
    if (!isSent()) {
      ByteBuffer offered = beginning(loop.room());
      skip(socket.write(offered));
      stalled = offered.hasRemaining();
    }
    if (!isSent()) {
      loop.awaitWritable(reader);
      return false;
    }
    rest = NOTHING;
    return true;
  }

  @Override
  public boolean isStalled() {
    return stalled;
  }

  private boolean isSent() {
    return rest.length == 0 || !rest[rest.length - 1].hasRemaining();
  }

  /** As much of the rest as there is room for; it stays the rest until it is taken. */
  private ByteBuffer beginning(ByteBuffer room) {
    for (ByteBuffer piece : rest) {
      ByteBuffer part = piece.duplicate();
      part.limit(part.position() + Math.min(part.remaining(), room.remaining()));
      room.put(part);
    }
    return room.flip();
  }

  @Override
  public void writable() {
    again.run();
  }

  @Override
  public void readable() {
    int read;
    try {
      read = socket.read(loop.room());
    } catch (IOException broken) {
      read = END;
    }
    if (read == 0 || watch == null) {
      return;
    }
    watch.ignore(SelectionKey.OP_READ);
    spoke = read > 0;
    left = !spoke;
    if (left) {
      again.run();
    }
  }

  @Override
  public void end() throws IOException {
    if (watch != null) {
      loop.leave(watch);
    }
    if (spoke) {
      socket.close(); // what was read is missing in the next request
    }
  }

  /** Else the container would wait to end a body that is in the middle of a chunk. */
  @Override
  public void cut() throws IOException {
    socket.close();
  }
}
