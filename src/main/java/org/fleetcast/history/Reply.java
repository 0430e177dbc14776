package org.fleetcast.history;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.fleetcast.live.transport.LibertySocket;
import org.fleetcast.problem.RequestBody;

/**
 * The answer to a suspended request, written by whoever has it, on his own thread: the container
 * would write it on one of its own, which are few and which a reader that does not read holds up.
 */
final class Reply {
  private static final Logger LOG = System.getLogger(Reply.class.getName());

  private static final String CUT = "\n--- cut here: the rest of the log could not be read ---\n";

  private final AsyncContext async;
  private final HttpServletResponse response;
  private final Optional<SocketChannel> socket;
  private final boolean headOnly;
  private final Consumer<Throwable> refusal;
  private final List<String> headers = new ArrayList<>();

  @GuardedBy("this")
  private boolean begun;

  @GuardedBy("this")
  private boolean spoke;

  private Reply(HttpServletRequest request, Consumer<Throwable> refusal) {
    this.async = request.getAsyncContext();
    this.response = (HttpServletResponse) async.getResponse();
    this.socket = hasBody(request) ? Optional.empty() : LibertySocket.of(request, response);
    this.headOnly = request.getMethod().equals("HEAD");
    this.refusal = refusal;
  }

  /**
   * The answer to a request, from the thread that it came on.
   *
   * @param refusal answers with what went wrong, before anything else was answered
   */
  static Reply to(HttpServletRequest request, Consumer<Throwable> refusal) {
    return new Reply(request, refusal);
  }

  /** Whose first byte is not to be taken for a sign of life. */
  private static boolean hasBody(HttpServletRequest request) {
    return RequestBody.isSent(request);
  }

  /** Writes to somebody who reads, or has gone. */
  interface Body {
    void write(OutputStream out) throws IOException;
  }

  /** Answers with all of it. */
  void send(String contentType, byte[] body) {
    response.setContentLength(body.length);
    send(contentType, out -> out.write(body));
  }

  /** Answers with what the body writes, as far as its reader takes it. */
  void send(String contentType, Body body) {
    begin();
    response.setStatus(HttpServletResponse.SC_OK);
    response.setContentType(contentType);
    try {
      if (!headOnly) {
        body.write(response.getOutputStream());
      }
    } catch (IOException gone) {
      LOG.log(Level.DEBUG, "A reader of logs has gone or does not read", gone);
    }
    complete();
  }

  void header(String name, String value) {
    headers.add(name);
    response.setHeader(name, value);
  }

  /** Tells what went wrong; an answer that is on its way is cut: nobody is to take it for whole. */
  void fail(Throwable failure) {
    if (begin() || takenBack()) {
      refusal.accept(failure);
      return;
    }
    LOG.log(Level.WARNING, "An answer with logs was cut cause=" + failure);
    if (!LibertySocket.cut(response)) {
      sayThatItIsCut();
    }
    complete();
  }

  /** Over TLS, or to whom takes no chunks, its end looks like any other. */
  private void sayThatItIsCut() {
    try {
      if (String.valueOf(response.getContentType()).startsWith("text/")) {
        response.getOutputStream().write(CUT.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException gone) {
      LOG.log(Level.DEBUG, "The reader of an answer that was cut has gone", gone);
    }
  }

  /** False when some of it has been sent. */
  private boolean takenBack() {
    if (response.isCommitted()) {
      return false;
    }
    response.resetBuffer();
    headers.forEach(name -> response.setHeader(name, null)); // which removes it
    return true;
  }

  /** False when it had begun. From now on the connection is the container's. */
  private synchronized boolean begin() {
    boolean first = !begun;
    begun = true;
    if (first && spoke) {
      response.setHeader("Connection", "close"); // what was read is missing in the next request
    }
    return first;
  }

  /** Whether its reader has closed the connection before the answer began, as far as we can see. */
  synchronized boolean isGone() {
    if (begun || spoke || socket.isEmpty()) {
      return false;
    }
    try {
      int read = socket.get().read(ByteBuffer.allocate(1));
      spoke = read > 0;
      return read < 0;
    } catch (IOException broken) {
      return true;
    }
  }

  private void complete() {
    try {
      async.complete();
    } catch (IllegalStateException alreadyComplete) {
      LOG.log(Level.DEBUG, "The container has ended the answer", alreadyComplete);
    }
  }
}
