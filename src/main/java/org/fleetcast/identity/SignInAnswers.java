package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.fleetcast.problem.Correlation;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemBody;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.ProblemLog;

/**
 * What signing in and out answers to a person: a way on, or a page that says what is the matter.
 */
@Singleton
class SignInAnswers {
  private final Optional<String> notice;

  @Inject
  SignInAnswers(LocalLoginNotice notice) {
    this(notice.sentence());
  }

  SignInAnswers(Optional<String> notice) {
    this.notice = notice;
  }

  /** Leads on. */
  static Response found(String location) {
    return Response.status(Response.Status.FOUND).header(HttpHeaders.LOCATION, location).build();
  }

  /**
   * What went wrong, as a page where a browser asks.
   *
   * @throws Problem the same for everybody else
   */
  Response failed(Problem problem, HttpServletRequest request) {
    if (!SignInPage.isWanted(request)) {
      throw problem;
    }
    String id = Correlation.of(request);
    ProblemLog.failed(problem, request, problem);
    Response.ResponseBuilder response = html(problem.code().status(), failure(problem, id));
    ProblemBody.headers(problem, id).forEach(response::header);
    return response.build();
  }

  String failure(Problem problem, String id) {
    return SignInPage.of(
        notice, problem.sentence() + ".", "Sign in", "/api/auth/login?redirect=/", id);
  }

  /** Lets whoever came from another site say whether he wants to sign out. */
  Response askBeforeSigningOut(HttpServletRequest request) {
    if (!SignInPage.isWanted(request)) {
      throw Problem.of(
          ProblemCode.AUTHORIZATION_FAILED, "A request from another site signs nobody out");
    }
    String sentence = "Another site asks to sign you out of Fleetcast.";
    return html(
            Response.Status.OK.getStatusCode(),
            SignInPage.of(notice, sentence, "Sign out", "/api/auth/logout", null))
        .build();
  }

  private static Response.ResponseBuilder html(int status, String page) {
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE.withCharset("utf-8"))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .header("Content-Security-Policy", SignInPage.POLICY)
        // As bytes: a text of an error is escaped once more, markup and all.
        .entity(page.getBytes(StandardCharsets.UTF_8));
  }
}
