package org.fleetcast.door;

import static org.fleetcast.metrics.Described.metric;

import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.problem.ProblemBody;
import org.fleetcast.problem.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * Receives the body of a request before anything else has to do with it: the resources find all of
 * it in memory. Each keeps a thread meanwhile, so there are few at a time and each has a deadline.
 * The body of a stranger is not read at all, since he is refused without it; only whoever asks for
 * a token has none yet. A body that is not JSON is refused, also where none is asked for: what a
 * form of another site can send ends here.
 */
@WebFilter(urlPatterns = "/api/*", asyncSupported = true)
public class BodyFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;
  private static final int MOST_IN_ALL = 64;
  private static final byte[] NOTHING = {};

  /** Of the heap all that is held by bodies may take so much. */
  private static final int SHARE = 16;

  private final transient PendingBodies waiting =
      new PendingBodies(MOST_IN_ALL, Runtime.getRuntime().maxMemory() / SHARE);
  private transient @Nullable MetricRegistry metrics;

  /** Where what was refused is counted. */
  @Inject
  void countIn(MetricRegistry metrics) {
    this.metrics = metrics;
    metrics.gauge(
        metric("fleetcast_http_bodies_waiting", "Requests whose body is being received"),
        waiting::bodies);
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!RequestBody.isMeant(request)) {
      chain.doFilter(request, response);
      return;
    }
    if (request.getUserPrincipal() == null && !RequestBody.isForm(request)) {
      // However he spells the path: nobody reads it, and waits for it.
      chain.doFilter(new BufferedRequest(request, NOTHING), response);
      return;
    }
    if (request.getContentLengthLong() > 0 && !isTaken(request)) {
      ProblemBody.write(RequestBody.notJson(), request, response);
      return;
    }
    BodySender caller = BodySender.of(request);
    boolean isEncoded = request.getHeader("Content-Encoding") != null;
    if (isEncoded && request.getUserPrincipal() == null) {
      refuse(BodyRefusal.encodedForm(), true, request, response);
      return;
    }
    if (request.getContentLengthLong() > caller.most()) {
      refuse(caller.tooLarge(), caller.closes(request.getContentLengthLong()), request, response);
      return;
    }
    PendingBodies.Answer answer = waiting.admit(caller.name(), caller.places());
    if (answer == PendingBodies.Answer.ADMITTED) {
      receive(new IncomingBody(waiting, caller, isEncoded), request, response, chain);
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
      byte[] bytes = body.bytes();
      if (refusal != null) {
        refuse(refusal, true, request, response);
      } else if (bytes.length > 0 && !isTaken(request)) { // some say chunked and send nothing
        ProblemBody.write(RequestBody.notJson(), request, response);
      } else {
        chain.doFilter(new BufferedRequest(request, bytes), response);
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
      RefusedRequests.by(reason, metrics).inc();
    }
  }

  private static boolean isTaken(HttpServletRequest request) {
    return RequestBody.isForm(request) || RequestBody.isJson(request.getContentType());
  }
}
