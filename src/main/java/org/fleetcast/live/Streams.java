package org.fleetcast.live;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.NotAllowedException;
import java.io.IOException;
import java.time.Instant;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.identity.LoginLease;
import org.fleetcast.identity.LoginLeases;
import org.fleetcast.live.transport.StreamTransport;
import org.fleetcast.live.transport.Transports;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * How a request becomes a stream.
 *
 * <p>The container sends the head of the answer. What follows goes over a {@code StreamTransport}
 * and not to an event sink of the container's, because that is what lets all waiting events go out
 * in one write.
 */
@Singleton
public class Streams {
  private final Sessions sessions;
  private final StreamLimits limits;
  private final JsonWebToken caller;
  private final LoginLeases logins;
  private final Transports wires;
  private final ViewerMemory memory;
  private final InternalFaults faults;

  @Inject
  public Streams(
      Sessions sessions,
      StreamLimits limits,
      JsonWebToken caller,
      LoginLeases logins,
      Transports wires,
      ViewerMemory memory,
      InternalFaults faults) {
    this.sessions = sessions;
    this.limits = limits;
    this.caller = caller;
    this.logins = logins;
    this.wires = wires;
    this.memory = memory;
    this.faults = faults;
  }

  /**
   * What can be refused before anything else is looked at. A token that is over is good for other
   * requests as long as the clocks may differ, but its stream would end at once, and take the place
   * of one that goes on.
   *
   * @throws Problem 400, or 401 with such a token
   */
  public void check(StreamRequest request) {
    if (request.request.getMethod().equals("HEAD")) {
      throw new NotAllowedException(HttpMethod.GET); // JAX-RS would open a stream for it
    }
    if (caller.getExpirationTime() <= Instant.now().getEpochSecond()) {
      throw Problem.of(ProblemCode.AUTHENTICATION_REQUIRED, "The token is over");
    }
    request.format(limits.format());
  }

  /**
   * Opens a stream of the caller's, or resumes the one of that id. It ends with the caller's token,
   * or when that is not renewed.
   *
   * <p>A viewer who has more than this replica, which lags, is told to come again: by the end of a
   * stream, since a browser's {@code EventSource} comes back after that, with the id it has, and
   * never after a 503.
   *
   * @param first what it follows from its beginning; null for nothing
   * @throws Problem 429 or 503 over the limits
   */
  public void open(StreamRequest request, String requestId, @Nullable Subscription first)
      throws IOException {
    check(request);
    Sessions.Opening asked =
        new Sessions.Opening(
            caller.getSubject(), requestId, request.lastId(), first, request.arrived());
    if (!sessions.reaches(asked)) {
      comeAgain(request);
      return;
    }
    Sessions.Opened opened = sessions.open(asked, request.sse::newBroadcaster);
    boolean begun = false;
    try {
      begin(request, opened);
      begun = true;
    } catch (IOException gone) {
      complete(request);
    } catch (RuntimeException | Error fault) {
      if (!request.response.isCommitted()) {
        throw fault;
      }
      faults.survived("stream", fault); // nothing else can be answered any more
      complete(request);
    } finally {
      if (!begun) {
        sessions.neverBegan(opened);
      }
    }
  }

  private void begin(StreamRequest request, Sessions.Opened opened) throws IOException {
    AsyncContext async = request.request.getAsyncContext();
    async.setTimeout(0);
    Format format = request.format(limits.format());
    sendHead(request.response);
    StreamTransport wire = wires.of(async);
    LoginLease login = logins.of(request.request);
    try {
      StreamConnection connection =
          new StreamConnection(
              opened.session(),
              format,
              login,
              opened.start().ready(),
              async,
              wire,
              memory,
              (ended, lastWrite) -> sessions.ended(opened, ended, lastWrite),
              faults);
      sessions.attach(opened, connection);
    } catch (RuntimeException | Error fault) {
      login.close();
      throw fault;
    }
  }

  private static void comeAgain(StreamRequest request) {
    try {
      sendHead(request.response);
      request.response.getOutputStream().write(Frames.retryLater());
      request.response.flushBuffer();
    } catch (IOException gone) {
      return; // he will come again, if he does
    } finally {
      complete(request);
    }
  }

  private static void complete(StreamRequest request) {
    try {
      request.request.getAsyncContext().complete();
    } catch (IllegalStateException alreadyComplete) {
      return; // the container ended it before we did; either way it is over
    }
  }

  private static void sendHead(HttpServletResponse response) throws IOException {
    response.setStatus(HttpServletResponse.SC_OK);
    response.setContentType("text/event-stream");
    response.setCharacterEncoding("UTF-8");
    response.setHeader("Cache-Control", "no-cache");
    response.setHeader("X-Accel-Buffering", "no");
    response.flushBuffer();
    response.flushBuffer(); // Liberty ignores the first
  }
}
