package org.fleetcast.identity;

import com.nimbusds.oauth2.sdk.id.State;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.time.Clock;
import java.util.Optional;
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audit;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/** Signs a browser in at the OpenID provider. */
@Singleton
class SignIn {
  private static final String CALLBACK = "/api/auth/callback";

  private final Issuers issuers;
  private final SignInCookies pending;
  private final TokenCookies cookies;
  private final PublicUrl site;
  private final Optional<CodeFlow> flow;
  private final Clock clock;
  private final Audit audit;

  @Inject
  SignIn(
      Issuers issuers,
      OpenIdSettings settings,
      SignInCookies pending,
      TokenCookies cookies,
      PublicUrl site,
      Audit audit) {
    this.issuers = issuers;
    this.pending = pending;
    this.cookies = cookies;
    this.site = site;
    this.audit = audit;
    this.clock = issuers.clock();
    this.flow =
        issuers.openId().flatMap(OpenIdIssuer::endpoint).map(endpoint -> flow(endpoint, settings));
  }

  private CodeFlow flow(TokenEndpoint endpoint, OpenIdSettings settings) {
    return new CodeFlow(
        issuers.openId().orElseThrow().provider(),
        settings.client().orElseThrow(),
        endpoint,
        URI.create(site.base() + CALLBACK),
        settings.skew());
  }

  /**
   * Begins a sign-in.
   *
   * @param redirect the page of this site to go on to afterwards
   * @return where the browser has to go to
   * @throws Problem 503 when that is not possible right now, or at all
   */
  String begin(String redirect, HttpServletRequest request, HttpServletResponse response) {
    PendingSignIn begun = PendingSignIn.begin(redirect, clock.instant());
    URI provider = flow().authorization(begun);
    pending.keep(begun, request, response, clock.instant());
    return provider.toString();
  }

  /**
   * Ends a sign-in: the browser gets the cookies of a session.
   *
   * @return the page of this site to go on to
   * @throws Problem when nobody is signed in
   */
  String finish(SignInAnswer answer, HttpServletRequest request, HttpServletResponse response) {
    Signed signed = new Signed();
    try {
      String redirect = finish(answer, signed, request, response);
      audit.done(Action.SIGN_IN, signed.subject, null, request);
      return redirect;
    } catch (Problem refused) {
      audit.refused(Action.SIGN_IN, signed.subject, refused.sentence(), request);
      throw refused;
    }
  }

  /** Who it is, as soon as that is known. */
  private static final class Signed {
    private @Nullable String subject;
  }

  private String finish(
      SignInAnswer answer,
      Signed signed,
      HttpServletRequest request,
      HttpServletResponse response) {
    PendingSignIn begun = begun(answer.state(), request, response);
    TokenPair tokens = flow().tokens(answer, begun);
    Caller caller =
        issuers.trusted().flatMap(issuer -> issuer.verify(tokens.access())).orElse(null);
    if (caller == null) {
      throw Problem.of(
          ProblemCode.EXTERNAL_SERVICE_ERROR,
          "The login provider gave an access token that this service does not take: most likely"
              + " its audience is another than OIDC_AUDIENCE says, or it is no JWT");
    }
    signed.subject = caller.getSubject();
    if (!caller.isAdmitted()) {
      throw Problem.of(
          ProblemCode.AUTHORIZATION_FAILED,
          "You are signed in at the login provider, but you do not have the role that this service"
              + " asks for");
    }
    cookies.set(response, tokens);
    return begun.redirect();
  }

  private PendingSignIn begun(
      @Nullable String state, HttpServletRequest request, HttpServletResponse response) {
    return Optional.ofNullable(state)
        .filter(text -> !text.isBlank())
        .flatMap(text -> pending.take(new State(text), request, response, clock.instant()))
        .orElseThrow(
            () ->
                Problem.of(
                    ProblemCode.INVALID_OPERATION,
                    "This sign-in was not begun in this browser, is over or took too long."
                        + " Please sign in again"));
  }

  private CodeFlow flow() {
    return flow.orElseThrow(
        () ->
            Problem.of(
                ProblemCode.SERVICE_UNAVAILABLE,
                issuers.openId().isPresent()
                    ? "Nobody can sign in here: OIDC_CLIENT_ID is not set"
                    : "Nobody can sign in here: no OpenID provider is configured"));
  }
}
