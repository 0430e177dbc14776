package org.fleetcast.door;

import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.fleetcast.problem.ProblemBody;
import org.fleetcast.problem.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * Receives the body of a request before anything else has to do with it: the resources find all of
 * it in memory. Each keeps a thread meanwhile, so there are few at a time and each has a deadline.
 * The body of a stranger is not read at all, since he is refused without it; only whoever asks for
 * a token has none yet.
 */
@WebFilter(urlPatterns = "/api/*", asyncSupported = true)
public class BodyFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;
  private static final int MOST_IN_ALL = 64;

  /** Of the heap all that is held by bodies may take so much. */
  private static final int SHARE = 16;

  private final transient PendingBodies waiting =
      new PendingBodies(MOST_IN_ALL, Runtime.getRuntime().maxMemory() / SHARE);
  private transient @Nullable MetricRegistry metrics;

  /** Where what was refused is counted. */
  @Inject
  void countIn(MetricRegistry metrics) {
    this.metrics = metrics;
    metrics.gauge("fleetcast_http_bodies_waiting", waiting::bodies);
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!isWanted(request)) {
      chain.doFilter(request, response);
      return;
    }
    BodySender caller = BodySender.of(request);
    if (request.getContentLengthLong() > caller.most()) {
      refuse(caller.tooLarge(), caller.closes(request.getContentLengthLong()), request, response);
      return;
    }
    PendingBodies.Answer answer = waiting.admit(caller.name(), caller.places());
    if (answer == PendingBodies.Answer.ADMITTED) {
      receive(new IncomingBody(waiting, caller), request, response, chain);
    } else {
      refuse(caller.refusal(answer), true, request, response);
    }
  }

  private void receive(
      IncomingBody body,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    try {
      BodyRefusal refusal = body.receive(request.getInputStream());
      if (refusal == null) {
        chain.doFilter(new BufferedRequest(request, body.bytes()), response);
      } else {
        refuse(refusal, true, request, response);
      }
    } finally {
      body.release();
    }
  }

  private void refuse(
      BodyRefusal refusal, boolean closes, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    count(refusal.reason());
    if (closes) {
      response.setHeader("Connection", "close");
    }
    ProblemBody.write(refusal.problem(), request, response);
  }

  private void count(String reason) {
    if (metrics != null) {
      metrics.counter("fleetcast_http_refused", new Tag("reason", reason)).inc();
    }
  }

  private static boolean isWanted(HttpServletRequest request) {
    return RequestBody.isMeant(request)
        && (request.getUserPrincipal() != null || RequestBody.isForm(request));
  }
}
