package org.fleetcast.door;

import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.fleetcast.problem.ProblemBody;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the body of a request before anything else has to do with it, and without a thread: the
 * resources find all of it in memory. The body of a stranger is not read at all, since he is
 * refused without it; only whoever asks for a token has none yet.
 */
@WebFilter(
    urlPatterns = "/api/*",
    asyncSupported = true,
    dispatcherTypes = {DispatcherType.REQUEST, DispatcherType.ASYNC})
public class BodyFilter extends HttpFilter {
  static final String BODY = BodyFilter.class.getName();

  private static final long serialVersionUID = 1L;
  private static final Set<String> WITHOUT_BODY = Set.of("GET", "HEAD", "OPTIONS");
  private static final String TOKEN_PATH = "/api/auth/token";

  private static final int MOST_OF_ONE = 128;
  private static final int MOST_OF_STRANGERS = 512;
  private static final int MOST_IN_ALL = 1024;

  /** Of the heap all that is held by bodies may take so much. */
  private static final int SHARE = 16;

  private final transient Waiting waiting =
      new Waiting(
          caller -> Caller.isStranger(caller) ? MOST_OF_STRANGERS : MOST_OF_ONE,
          MOST_IN_ALL,
          Runtime.getRuntime().maxMemory() / SHARE);
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
    if (request.getAttribute(BODY) instanceof WholeBody body) {
      request.removeAttribute(BODY);
      try {
        chain.doFilter(new WholeRequest(request, body.bytes()), response);
      } finally {
        body.release().run();
      }
    } else if (request.getDispatcherType() == DispatcherType.REQUEST && isWanted(request)) {
      await(request, response);
    } else {
      chain.doFilter(request, response);
    }
  }

  private void await(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Caller caller = Caller.of(request);
    if (request.getContentLengthLong() > caller.most()) {
      refuse(caller.tooLarge(), caller.closes(request.getContentLengthLong()), request, response);
      return;
    }
    Waiting.Answer answer = waiting.admit(caller.name());
    if (answer == Waiting.Answer.ADMITTED) {
      receive(request, response, caller);
    } else {
      refuse(caller.refusal(answer), true, request, response);
    }
  }

  /** Once it is admitted. */
  private void receive(HttpServletRequest request, HttpServletResponse response, Caller caller)
      throws IOException {
    ServletInputStream in;
    AsyncContext async;
    try {
      in = request.getInputStream();
      async = request.startAsync(request, response);
    } catch (IOException | RuntimeException broken) {
      waiting.release(caller.name(), 0);
      throw broken;
    }
    IncomingBody.await(async, in, waiting, caller, this::count);
  }

  private void refuse(
      Refusal refusal, boolean closes, HttpServletRequest request, HttpServletResponse response)
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
    return !WITHOUT_BODY.contains(request.getMethod())
        && (request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null)
        && (request.getUserPrincipal() != null || TOKEN_PATH.equals(request.getRequestURI()));
  }
}
