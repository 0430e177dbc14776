package org.fleetcast.live.transport;

import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.util.List;

/**
 * The way through the container's output stream: for TLS and HTTP/1.0. A write waits for its
 * reader, whatever the servlet API promises, so it runs on {@link ServletWriterPool}; the server's
 * write timeout ends it.
 */
record ContainerTransport(ServletOutputStream out, ServletWriterPool writers)
    implements StreamTransport {
  @Override
  public void execute(Runnable task) {
    writers.execute(task);
  }

  /** The container's buffer puts the pieces together, so it is one write to the network. */
  @Override
  public boolean send(List<byte[]> pieces, Runnable again) throws IOException {
    for (byte[] piece : pieces) {
      out.write(piece);
    }
    out.flush();
    return true;
  }

  @Override
  public boolean waits() {
    return true;
  }

  @Override
  public boolean sendRest(Runnable again) {
    return true;
  }

  @Override
  public void end() {
    // The container has had it all along.
  }

  @Override
  public void cut() {
    // The container knows that a write failed, and closes what is below by itself.
  }
}
