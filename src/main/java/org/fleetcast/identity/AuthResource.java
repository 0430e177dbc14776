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
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audit;
import org.fleetcast.identity.local.LocalUser;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** Logging in and out, and who one is. */
@Singleton
@Path("/auth")
@Produces(MediaType.APPLICATION_JSON)
public class AuthResource {
  private static final Set<String> ROLES = Set.of("viewer", "editor");
  private static final int MAX_TEXT = 255;

  private final JsonWebToken caller;
  private final OpenIdSettings settings;
  private final Issuers issuers;
  private final TokenCookies cookies;
  private final SignIn signIn;
  private final SignOut signOut;
  private final PublicUrl site;
  private final SignInAnswers answers;
  private final Audit audit;

  @Inject
  public AuthResource(
      JsonWebToken caller,
      OpenIdSettings settings,
      Issuers issuers,
      TokenCookies cookies,
      SignIn signIn,
      SignOut signOut,
      PublicUrl site,
      SignInAnswers answers,
      Audit audit) {
    this.caller = caller;
    this.settings = settings;
    this.issuers = issuers;
    this.cookies = cookies;
    this.signIn = signIn;
    this.signOut = signOut;
    this.site = site;
    this.answers = answers;
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

  /**
   * Where people get their tokens.
   *
   * @param issuer of the OpenID provider; null when there is none
   * @param localLogin whether this service signs people in itself
   */
  public record Provider(@Nullable String issuer, boolean localLogin) {}

  /** For clients that are no browser: where they can sign somebody in. */
  @GET
  @Path("/provider")
  @PermitAll
  public Provider provider() {
    return new Provider(
        settings.issuer().map(URI::toString).orElse(null), issuers.local().isPresent());
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
        return SignInAnswers.found(signIn.begin(location, request, response));
      }
      LocalUser person = person(user, role, name, email);
      cookies.set(response, issuers.localOrRefuse().signIn(person));
      audit.done(Action.SIGN_IN, person.subject(), null, request);
      return SignInAnswers.found(location);
    } catch (Problem problem) {
      return answers.failed(problem, request);
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
        return answers.askBeforeSigningOut(request);
      }
      cookies.clear(request, response); // whatever fails below, this browser is signed out
      signOut
          .end(request)
          .ifPresent(subject -> audit.done(Action.SIGN_OUT, subject, null, request));
      return SignInAnswers.found(signOut.atProvider(request).orElse(location));
    } catch (Problem problem) {
      return answers.failed(problem, request);
    }
  }

  /** The public keys of the local issuer (RFC 7517). */
  @GET
  @Path("/jwks")
  @PermitAll
  public String jwks() {
    return issuers.localOrRefuse().publicKeys();
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
