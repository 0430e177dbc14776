package org.fleetcast.identity;

import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audit;
import org.fleetcast.identity.local.LocalUser;
import org.fleetcast.problem.Correlation;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.ProblemLog;
import org.jspecify.annotations.Nullable;

/** Logging in and out, and who one is. */
@Singleton
@Path("/auth")
@Produces(MediaType.APPLICATION_JSON)
public class AuthResource {
  private static final Set<String> ROLES = Set.of("viewer", "editor");
  private static final int MAX_TEXT = 255;

  private final JsonWebToken caller;
  private final Issuers issuers;
  private final TokenCookies cookies;
  private final SignIn signIn;
  private final SignOut signOut;
  private final PublicUrl site;
  private final Audit audit;

  @Inject
  public AuthResource(
      JsonWebToken caller,
      Issuers issuers,
      TokenCookies cookies,
      SignIn signIn,
      SignOut signOut,
      PublicUrl site,
      Audit audit) {
    this.caller = caller;
    this.issuers = issuers;
    this.cookies = cookies;
    this.signIn = signIn;
    this.signOut = signOut;
    this.site = site;
    this.audit = audit;
  }

  /** Who one is. */
  public record Self(
      String subject, @Nullable String email, @Nullable String name, List<String> roles) {}

  /** The caller, as the token says. */
  @GET
  @Path("/self")
  @RolesAllowed("user")
  public Self self() {
    return new Self(
        caller.getSubject(),
        text(caller.getClaim("email")),
        text(caller.getClaim("name")),
        caller.getGroups().stream().sorted().toList());
  }

  /** Signs in at the OpenID provider, or the local issuer, and goes on to a page of this site. */
  @GET
  @Path("/login")
  @PermitAll
  @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_HTML})
  public Response login(
      @QueryParam("redirect") @Nullable String redirect,
      @QueryParam("user") @DefaultValue("local-user") String user,
      @QueryParam("role") @DefaultValue("editor") String role,
      @QueryParam("name") @Nullable String name,
      @QueryParam("email") @Nullable String email,
      @Context HttpServletRequest request,
      @Context HttpServletResponse response) {
    try {
      String location = PublicUrl.localPath(redirect);
      if (issuers.local().isEmpty()) {
        return found(signIn.begin(location, request, response));
      }
      LocalUser person = person(user, role, name, email);
      cookies.set(response, issuers.localOrRefuse().signIn(person));
      audit.done(Action.SIGN_IN, person.subject(), null, request);
      return found(location);
    } catch (Problem problem) {
      return page(problem, request);
    }
  }

  private static LocalUser person(
      String user, String role, @Nullable String name, @Nullable String email) {
    if (!ROLES.contains(role)) {
      throw Problem.invalid("role", "must be viewer or editor");
    }
    return new LocalUser(
        checked("user", user),
        List.of(role),
        name == null ? null : checked("name", name),
        email == null ? null : checked("email", email));
  }

  /** Ends the session and every stream of the caller, whether or not there was one. */
  @GET
  @Path("/logout")
  @PermitAll
  @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_HTML})
  public Response logout(
      @QueryParam("redirect") @Nullable String redirect,
      @Context HttpServletRequest request,
      @Context HttpServletResponse response) {
    try {
      String location = PublicUrl.localPath(redirect);
      if (!site.isAskedByItself(request)) {
        return askFirst(request);
      }
      cookies.clear(request, response); // whatever fails below, this browser is signed out
      signOut
          .end(request)
          .ifPresent(subject -> audit.done(Action.SIGN_OUT, subject, null, request));
      return found(signOut.atProvider(request).orElse(location));
    } catch (Problem problem) {
      return page(problem, request);
    }
  }

  private static Response askFirst(HttpServletRequest request) {
    if (!SignInPage.isWanted(request)) {
      throw Problem.of(
          ProblemCode.AUTHORIZATION_FAILED, "A request from another site signs nobody out");
    }
    return html(
        Response.Status.OK.getStatusCode(),
        SignInPage.of(
            "Another site asks to sign you out of Fleetcast.",
            "Sign out",
            "/api/auth/logout",
            null));
  }

  /** The public keys of the local issuer (RFC 7517). */
  @GET
  @Path("/jwks")
  @PermitAll
  public String jwks() {
    return issuers.localOrRefuse().publicKeys();
  }

  static Response found(String location) {
    return Response.status(Response.Status.FOUND).header(HttpHeaders.LOCATION, location).build();
  }

  /**
   * What went wrong, as a page where a browser asks.
   *
   * @throws Problem the same for everybody else
   */
  static Response page(Problem problem, HttpServletRequest request) {
    if (!SignInPage.isWanted(request)) {
      throw problem;
    }
    String id = Correlation.of(request);
    ProblemLog.failed(problem, request, problem);
    String page =
        SignInPage.of(problem.sentence() + ".", "Sign in", "/api/auth/login?redirect=/", id);
    Response.ResponseBuilder response =
        Response.fromResponse(html(problem.code().status(), page)).header(Correlation.HEADER, id);
    problem
        .retryAfter()
        .ifPresent(wait -> response.header(HttpHeaders.RETRY_AFTER, wait.toSeconds()));
    return response.build();
  }

  private static Response html(int status, String page) {
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE.withCharset("utf-8"))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .header("Content-Security-Policy", SignInPage.POLICY)
        // As bytes: a text of an error is escaped once more, markup and all.
        .entity(page.getBytes(StandardCharsets.UTF_8))
        .build();
  }

  private static String checked(String field, String text) {
    if (text.isBlank()
        || text.length() > MAX_TEXT
        || text.chars().anyMatch(Character::isISOControl)) {
      throw Problem.invalid(field, "must be 1 to " + MAX_TEXT + " printable characters");
    }
    return text;
  }

  private static @Nullable String text(@Nullable Object claim) {
    return claim instanceof String text ? text : null;
  }
}
