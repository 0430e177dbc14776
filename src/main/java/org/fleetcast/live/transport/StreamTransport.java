package org.fleetcast.live.transport;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Where the bytes of one stream go, and the thread that sends them: a task that sends something is
 * executed here, one of a stream at a time.
 */
public interface StreamTransport extends Executor {
  /**
   * Sends these pieces, one after another, as one write if it can. Not to be called while a rest of
   * the last call waits.
   *
   * @param again run when the reader takes more, if not all was sent; and, at any time after, when
   *     it is known to be gone
   * @return whether all was sent; if not, the rest is kept, for {@link #sendRest}
   * @throws IOException when the reader is gone, or took nothing for the write deadline
   */
  boolean send(List<byte[]> pieces, Runnable again) throws IOException;

  /** Whether {@link #send} waits until its reader has taken all. */
  default boolean waits() {
    return false;
  }

  /** Goes on with what was kept; otherwise like {@link #send}. */
  boolean sendRest(Runnable again) throws IOException;

  /** Whether the reader takes no more for now, after a send that did not send all. */
  default boolean isStalled() {
    return true;
  }

  /** All was sent: what happens on the connection from now on is the container's business. */
  void end() throws IOException;

  /** The stream ended in the middle of something: what of it is open is closed without a word. */
  void cut() throws IOException;
}
