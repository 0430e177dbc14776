package org.fleetcast.identity;

import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** Where the OpenID provider sends a browser back to. */
@Singleton
@Path("/auth/callback")
@PermitAll
@Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_HTML})
public class CallbackResource {
  private final SignIn signIn;
  private final SignInAnswers answers;

  @Inject
  public CallbackResource(SignIn signIn, SignInAnswers answers) {
    this.signIn = signIn;
    this.answers = answers;
  }

  /** Ends a sign-in that this browser began, and goes on to a page of this site. */
  @GET
  public Response finish(
      @QueryParam("state") @Nullable String state,
      @QueryParam("code") @Nullable String code,
      @QueryParam("iss") @Nullable String issuer,
      @QueryParam("error") @Nullable String error,
      @Context HttpServletRequest request,
      @Context HttpServletResponse response) {
    try {
      SignInAnswer answer = new SignInAnswer(state, code, issuer, error);
      return SignInAnswers.found(signIn.finish(answer, request, response));
    } catch (Problem problem) {
      return answers.failed(problem, request);
    }
  }
}
