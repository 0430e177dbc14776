package org.fleetcast.live;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.sse.Sse;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;
import org.fleetcast.identity.RequestArrival;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.QueryParameter;
import org.jspecify.annotations.Nullable;

/** What every request for a stream may say, and where its answer goes. */
@SuppressWarnings("NullAway.Init") // the container fills in what is not nullable
public class StreamRequest {
  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._~-]{1,128}");

  @Context HttpServletRequest request;
  @Context HttpServletResponse response;
  @Context Sse sse;

  @QueryParam("request_id")
  @Nullable String requestId;

  @QueryParam("format")
  @Nullable String format;

  @QueryParam("last_event_id")
  @Nullable String lastIdParameter;

  @HeaderParam("Last-Event-ID")
  @Nullable String lastIdHeader;

  /** When the request arrived, by the steady clock: what ended later ended its login too. */
  Instant arrived() {
    return RequestArrival.of(request);
  }

  /**
   * The caller's name for the stream.
   *
   * @throws Problem 400 when it has none, or not such a one
   */
  public String id() {
    if (requestId == null || requestId.isEmpty()) {
      throw Problem.invalid("request_id", "is required");
    }
    return checked(requestId);
  }

  /**
   * The caller's name for the stream, or a new one.
   *
   * @throws Problem 400 when it has not such a one
   */
  public String idOrNew() {
    return requestId == null ? UUID.randomUUID().toString() : checked(requestId);
  }

  private static String checked(String id) {
    if (!REQUEST_ID.matcher(id).matches()) {
      throw Problem.invalid(
          "request_id", "must have at most 128 characters of A-Z, a-z, 0-9 and . _ ~ -");
    }
    return id;
  }

  /**
   * How the events are to look.
   *
   * @throws Problem 400 when there is no such format
   */
  public Format format(Format standard) {
    String name = QueryParameter.given(format);
    if (name == null) {
      return standard;
    }
    return Format.named(name)
        .orElseThrow(() -> Problem.invalid("format", "must be named or envelope"));
  }

  /** The id of the last event that the caller has; null when it does not say. */
  public @Nullable EventId lastId() {
    String sent = QueryParameter.given(lastIdHeader); // some clients send it with nothing in it
    String text = sent == null ? QueryParameter.given(lastIdParameter) : sent;
    return text == null ? null : EventId.of(text);
  }
}
