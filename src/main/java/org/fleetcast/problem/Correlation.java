package org.fleetcast.problem;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import jakarta.servlet.http.HttpServletRequest;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The id that ties an answer to its line in the log: the caller's, when it is sane, or ours. */
public final class Correlation {
  public static final String HEADER = "X-Request-ID";

  private static final String ATTRIBUTE = Correlation.class.getName();
  private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:/+=@~-]{1,128}");

  private Correlation() {}

  /** The id of this request; the same one for as long as the request lives. */
  public static String of(HttpServletRequest request) {
    if (request.getAttribute(ATTRIBUTE) instanceof String known) {
      return known;
    }
    String id = choose(request.getHeader(HEADER));
    request.setAttribute(ATTRIBUTE, id);
    return id;
  }

  /** How the log names this request: by its id and, where it is traced, by its trace. */
  public static String words(HttpServletRequest request) {
    SpanContext span = Span.current().getSpanContext();
    String id = "correlationId=" + of(request);
    return span.isValid() ? id + " traceId=" + span.getTraceId() : id;
  }

  /** Lets the trace of this request, where there is one, name its id. */
  static void trace(HttpServletRequest request) {
    Span.current().setAttribute("fleetcast.correlation_id", of(request));
  }

  static String choose(@Nullable String sent) {
    return sent != null && SANE.matcher(sent).matches() ? sent : UUID.randomUUID().toString();
  }
}
