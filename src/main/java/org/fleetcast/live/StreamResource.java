package org.fleetcast.live;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.sse.Sse;
import java.io.IOException;
import java.time.Instant;
import java.util.regex.Pattern;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * The stream: {@code GET /api/sse/stream}.
 *
 * <p>It writes to the servlet's output stream and not to an event sink of the container's, because
 * that is what lets all waiting events go out in one write.
 */
@Path("/sse")
@Singleton
public class StreamResource {
  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._~-]{1,128}");

  private final Sessions sessions;
  private final Limits limits;
  private final JsonWebToken caller;
  private final Writers writers;

  @Inject
  public StreamResource(Sessions sessions, Limits limits, JsonWebToken caller, Writers writers) {
    this.sessions = sessions;
    this.limits = limits;
    this.caller = caller;
    this.writers = writers;
  }

  /**
   * Opens a stream, or resumes the one of that id. It ends with the caller's token.
   *
   * @param requestId the caller's name for the stream
   * @param formatName {@code named} or {@code envelope}; the configured one when absent
   */
  @GET
  @Path("/stream")
  @RolesAllowed("user")
  public void open(
      @Suspended AsyncResponse suspended,
      @Context HttpServletRequest request,
      @Context HttpServletResponse response,
      @Context Sse sse,
      @QueryParam("request_id") @Nullable String requestId,
      @QueryParam("format") @Nullable String formatName,
      @QueryParam("last_event_id") @Nullable String lastIdParameter,
      @HeaderParam("Last-Event-ID") @Nullable String lastIdHeader)
      throws IOException {
    if (request.getMethod().equals("HEAD")) {
      throw new NotAllowedException(HttpMethod.GET); // JAX-RS would open a stream for it
    }
    String id = checked(requestId);
    Format format = format(formatName);
    Long lastId = lastId(lastIdHeader == null ? lastIdParameter : lastIdHeader);
    Instant expiresAt = Instant.ofEpochSecond(caller.getExpirationTime());
    Sessions.Opened opened = sessions.open(caller.getSubject(), id, lastId, sse::newBroadcaster);
    AsyncContext async = request.getAsyncContext();
    async.setTimeout(0);
    Connection connection =
        new Connection(
            opened.session(),
            format,
            expiresAt,
            async,
            response.getOutputStream(),
            writers,
            sessions::ended);
    start(response, opened, connection);
  }

  private void start(HttpServletResponse response, Sessions.Opened opened, Connection connection)
      throws IOException {
    response.setStatus(HttpServletResponse.SC_OK);
    response.setContentType("text/event-stream");
    response.setCharacterEncoding("UTF-8");
    response.setHeader("Cache-Control", "no-cache");
    response.setHeader("X-Accel-Buffering", "no");
    try {
      ServletOutputStream out = response.getOutputStream();
      out.write(opened.start().ready());
      out.flush();
      response.flushBuffer(); // without it the headers stay behind
      sessions.attach(opened, connection);
    } catch (IOException gone) {
      connection.abandon();
    }
  }

  private static String checked(@Nullable String requestId) {
    if (requestId == null || requestId.isEmpty()) {
      throw Problem.invalid("request_id", "is required");
    }
    if (!REQUEST_ID.matcher(requestId).matches()) {
      throw Problem.invalid(
          "request_id", "must have at most 128 characters of A-Z, a-z, 0-9 and . _ ~ -");
    }
    return requestId;
  }

  private Format format(@Nullable String name) {
    if (name == null) {
      return limits.format();
    }
    return Format.named(name)
        .orElseThrow(() -> Problem.invalid("format", "must be named or envelope"));
  }

  /** The id as a number; one that we never give out when it is none. */
  private static @Nullable Long lastId(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException unknown) {
      return -1L;
    }
  }
}
