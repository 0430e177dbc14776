package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.security.enterprise.AuthenticationException;
import jakarta.security.enterprise.AuthenticationStatus;
import jakarta.security.enterprise.authentication.mechanism.http.HttpAuthenticationMechanism;
import jakarta.security.enterprise.authentication.mechanism.http.HttpMessageContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.fleetcast.problem.BoundedLog;
import org.fleetcast.problem.Correlation;
import org.fleetcast.problem.EarlyRefusal;
import org.fleetcast.problem.LogText;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemBody;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.ProblemLog;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls: the token of the header, else that of the cookie, which is renewed on the
 * way if it ended. Who is refused is nobody on an open endpoint, and answered on a protected one.
 */
@Singleton
public class TokenMechanism implements HttpAuthenticationMechanism {
  /** What whoever lacks the internal token is told. */
  public static final String INTERNAL_ONLY =
      "Only the internal token opens this, and never in a browser";

  private static final BoundedLog REFUSED =
      new BoundedLog(System.getLogger(TokenMechanism.class.getName()));
  private static final String LOGIN = TokenMechanism.class.getName();
  private static final String BEARER = "Bearer";
  private static final String BASIC = "Basic ";

  /**
   * The container refuses TRACE as HTML, where it lets anybody in. So with web.xml it lets in
   * nobody but whoever has this role; he is told that he has it, and the first filter refuses him.
   */
  private static final String NOBODY = "refused";

  private static final EarlyRefusal OTHER_METHOD =
      EarlyRefusal.of(
          Problem.of(ProblemCode.METHOD_NOT_ALLOWED, "This method is not allowed at this address"));
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"); // as in web.xml
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

  private final Issuers issuers;
  private final Renewals renewals;
  private final TokenCookies cookies;
  private final EndedLogins ended;
  private final PublicUrl site;
  private final Clock clock = Clock.systemUTC();

  @Inject
  TokenMechanism(
      Issuers issuers, Renewals renewals, TokenCookies cookies, EndedLogins ended, PublicUrl site) {
    this.issuers = issuers;
    this.renewals = renewals;
    this.cookies = cookies;
    this.ended = ended;
    this.site = site;
  }

  @Override
  public AuthenticationStatus validateRequest(
      HttpServletRequest request, HttpServletResponse response, HttpMessageContext context)
      throws AuthenticationException {
    if (!METHODS.contains(request.getMethod())) {
      OTHER_METHOD.refuse(request);
      return context.notifyContainerAboutLogin(NOBODY, Set.of(NOBODY));
    }
    boolean broken = isBrokenBasic(request.getHeader("Authorization"));
    LoginResult login = broken ? LoginResult.none() : login(request, response);
    Caller caller = login.caller();
    if (caller != null) {
      return context.notifyContainerAboutLogin(caller, caller.containerRoles());
    }
    if (!broken && !context.isProtected() && !context.isAuthenticationRequest()) {
      return context.doNothing();
    }
    try {
      if (broken) {
        refuseBroken(request, response);
        return AuthenticationStatus.SEND_CONTINUE; // with a failure the container fails, and tells
      }
      return refuse(login.refusal(), request, response);
    } catch (IOException gone) {
      throw new AuthenticationException("The answer could not be written", gone);
    }
  }

  /** What is for one token alone refuses all else in its own way. */
  private static void refuseBroken(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setHeader("Connection", "close"); // nobody looked where this request ends
    if (TokenRefusal.isFor(request)) {
      TokenRefusal.write(request, response);
    } else if (request.getServletPath().startsWith("/internal")) {
      refuse(Problem.of(ProblemCode.AUTHORIZATION_FAILED, INTERNAL_ONLY), request, response);
    } else {
      refuse(LoginResult.none().refusal(), request, response);
    }
    response.flushBuffer();
  }

  /** Answers now. */
  private static AuthenticationStatus refuse(
      Problem refusal, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    ProblemBody.write(refusal, request, response);
    if (refusal.code() != ProblemCode.AUTHENTICATION_REQUIRED) {
      response.flushBuffer(); // the container makes a 401 of whatever can still be changed
    }
    return AuthenticationStatus.SEND_FAILURE;
  }

  /**
   * The container reads a user from that header for its own audit, and fails where there is none.
   */
  private static boolean isBrokenBasic(@Nullable String header) {
    if (header == null || !header.startsWith(BASIC)) {
      return false;
    }
    String login = header.substring(BASIC.length());
    try {
      byte[] pair = Base64.getDecoder().decode(login);
      return login.length() % 4 != 0
          || new String(pair, StandardCharsets.ISO_8859_1).indexOf(':') < 0;
    } catch (IllegalArgumentException none) {
      return true;
    }
  }

  /** How the caller of a request was found. */
  static LoginResult loginOf(HttpServletRequest request) {
    return request.getAttribute(LOGIN) instanceof LoginResult known ? known : LoginResult.none();
  }

  /** The container may ask more than once in a request; the answer stays the same. */
  private LoginResult login(HttpServletRequest request, HttpServletResponse response) {
    if (request.getAttribute(LOGIN) instanceof LoginResult known) {
      return known;
    }
    Instant unused = RequestArrival.of(request); // before the token is looked at
    LoginResult login = find(request, response);
    request.setAttribute(LOGIN, login);
    return login;
  }

  private LoginResult find(HttpServletRequest request, HttpServletResponse response) {
    Optional<? extends Issuer> issuer = issuers.trusted();
    if (issuer.isEmpty()) {
      return LoginResult.impossible();
    }
    try {
      String header = request.getHeader("Authorization");
      return isBearer(header)
          ? fromHeader(header.substring(BEARER.length()).strip(), request, issuer.get())
          : fromCookies(request, response, issuer.get());
    } catch (Problem problem) {
      // An open endpoint goes on without a caller; so it is told here, not where it is answered.
      ProblemLog.failed(problem, request, problem);
      return LoginResult.refused(problem);
    }
  }

  private LoginResult fromHeader(String token, HttpServletRequest request, Issuer issuer) {
    return verified(new ShownToken(token, null), request, issuer)
        .map(LoginResult::of)
        .orElseGet(LoginResult::none);
  }

  private Optional<Caller> verified(ShownToken token, HttpServletRequest request, Issuer issuer) {
    Consumer<String> refused = reason -> tell(reason, request);
    Optional<Caller> caller =
        issuer.verify(token.value(), refused).map(known -> known.in(token.session()));
    if (caller.filter(ended::includes).isPresent()) {
      refused.accept("its login has ended");
      return Optional.empty();
    }
    return caller;
  }

  /** Whoever was refused can be helped by that; a few a minute, since anybody can be refused. */
  private static void tell(String reason, HttpServletRequest request) {
    REFUSED.log(
        Level.INFO,
        "Token refused reason=" + LogText.of(reason) + " " + Correlation.words(request),
        null);
  }

  private LoginResult fromCookies(
      HttpServletRequest request, HttpServletResponse response, Issuer issuer) {
    List<ShownToken> access = cookies.access(request);
    List<ShownToken> refresh = cookies.refresh(request);
    if (access.isEmpty() && refresh.isEmpty()) {
      return LoginResult.none();
    }
    if (!mayWrite(request)) {
      return LoginResult.refused(
          Problem.of(
              ProblemCode.AUTHORIZATION_FAILED, "A request from another site may change nothing"));
    }
    Optional<Caller> caller =
        access.stream().flatMap(token -> verified(token, request, issuer).stream()).findFirst();
    if (refresh.isEmpty()) {
      return caller.map(LoginResult::of).orElseGet(LoginResult::none);
    }
    LoginResult login =
        caller.filter(this::isLive).isPresent()
            ? told(caller.get(), refresh.get(0), request, response, issuer)
            : renewed(refresh, caller, request, response, issuer);
    if (login.caller() == null) {
      tell("it ended and cannot be renewed", request);
      cookies.clear(request, response); // the session is over, and will not come back
    }
    return login;
  }

  /** Gives the browser what was renewed for its stream, which could not tell it. */
  private LoginResult told(
      Caller caller,
      ShownToken refresh,
      HttpServletRequest request,
      HttpServletResponse response,
      Issuer issuer) {
    try {
      return renewals
          .newerThan(refresh.value())
          .flatMap(fresh -> given(fresh.in(refresh.session()), request, response, issuer))
          .orElseGet(() -> LoginResult.of(caller, refresh));
    } catch (Problem later) {
      return LoginResult.of(caller, refresh); // what he shows is good
    }
  }

  /** While nothing can be renewed, a token within the skew of the clocks still counts. */
  private LoginResult renewed(
      List<ShownToken> refresh,
      Optional<Caller> before,
      HttpServletRequest request,
      HttpServletResponse response,
      Issuer issuer) {
    Optional<LoginResult> renewed;
    try {
      renewed =
          refresh.stream()
              .flatMap(shown -> renewed(shown, request, response, issuer).stream())
              .findFirst();
    } catch (Problem away) {
      if (before.isEmpty()) {
        throw away;
      }
      renewed = Optional.empty();
    }
    return renewed
        .or(() -> before.map(caller -> LoginResult.of(caller, refresh.get(0))))
        .orElseGet(LoginResult::none);
  }

  private Optional<LoginResult> renewed(
      ShownToken refresh, HttpServletRequest request, HttpServletResponse response, Issuer issuer) {
    return renewals
        .renew(refresh.value(), issuer)
        .flatMap(fresh -> given(fresh.in(refresh.session()), request, response, issuer));
  }

  private Optional<LoginResult> given(
      TokenPair fresh, HttpServletRequest request, HttpServletResponse response, Issuer issuer) {
    Optional<Caller> caller =
        verified(new ShownToken(fresh.access(), fresh.session()), request, issuer);
    caller.ifPresent(known -> cookies.set(response, fresh));
    ShownToken refresh = new ShownToken(fresh.refresh(), fresh.session());
    return caller.map(known -> LoginResult.of(known, refresh));
  }

  /** Within the skew of the clocks a token is good and yet too old to open a stream with. */
  private boolean isLive(Caller caller) {
    return clock.instant().isBefore(caller.expiresAt());
  }

  private boolean mayWrite(HttpServletRequest request) {
    return SAFE.contains(request.getMethod()) || site.isAskedByItself(request);
  }

  private static boolean isBearer(@Nullable String header) {
    return header != null
        && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
        && (header.length() == BEARER.length() || header.charAt(BEARER.length()) == ' ');
  }
}
