package org.fleetcast.live.transport;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * A socket that an {@link EventLoop} waits for. It outlives the loop's selector: what it waits for
 * is registered again with the next one. For tasks of its loop only.
 */
final class SocketWatch {
  private final SocketChannel socket;
  private final Watcher watcher;
  private SelectionKey key;
  private int interest = SelectionKey.OP_READ;

  /** Whose socket it is. It is called on the loop's thread. */
  interface Watcher {
    /** The other end sent something, or went. */
    void readable();

    /** The socket takes bytes again, or was closed. */
    void writable();
  }

  /**
   * Waits for what the other end sends.
   *
   * @throws ClosedChannelException when it is closed already
   */
  SocketWatch(SocketChannel socket, Watcher watcher, Selector selector)
      throws ClosedChannelException {
    this.socket = socket;
    this.watcher = watcher;
    this.key = socket.register(selector, interest, this);
  }

  /** Waits for the same by another selector. */
  void moveTo(Selector selector) throws ClosedChannelException {
    key = socket.register(selector, interest, this);
  }

  /** Waits for that too: an operation of {@link SelectionKey}. */
  void await(int operation) {
    interest |= operation;
    key.interestOps(interest);
  }

  /** Waits for that no more. */
  void ignore(int operation) {
    interest &= ~operation;
    key.interestOps(interest);
  }

  /** Waits for nothing any more. */
  void cancel() {
    key.cancel();
  }

  /** Whether it can still be waited for: neither cancelled nor closed. */
  boolean isOpen() {
    return key.isValid();
  }

  void close() {
    try {
      socket.close();
    } catch (IOException closedAnyway) {
      // Nothing was left to send but what its reader does not take.
    }
  }

  Watcher watcher() {
    return watcher;
  }
}
