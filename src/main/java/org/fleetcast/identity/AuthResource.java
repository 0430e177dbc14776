package org.fleetcast.identity;

import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.event.Event;
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
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.jwt.JsonWebToken;
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
  private final Issuers issuers;
  private final Renewals renewals;
  private final TokenCookies cookies;
  private final Event<LoggedOut> loggedOut;

  @Inject
  public AuthResource(
      JsonWebToken caller,
      Issuers issuers,
      Renewals renewals,
      TokenCookies cookies,
      Event<LoggedOut> loggedOut) {
    this.caller = caller;
    this.issuers = issuers;
    this.renewals = renewals;
    this.cookies = cookies;
    this.loggedOut = loggedOut;
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

  /** Signs in at the local issuer and goes on to a page of this site. */
  @GET
  @Path("/login")
  @PermitAll
  public Response login(
      @QueryParam("redirect") @Nullable String redirect,
      @QueryParam("user") @DefaultValue("local-user") String user,
      @QueryParam("role") @DefaultValue("editor") String role,
      @QueryParam("name") @Nullable String name,
      @QueryParam("email") @Nullable String email,
      @Context HttpServletResponse response) {
    String location = Site.localPath(redirect);
    LocalIssuer issuer = issuers.localOrRefuse();
    if (!ROLES.contains(role)) {
      throw Problem.invalid("role", "must be viewer or editor");
    }
    Person person =
        new Person(
            checked("user", user),
            List.of(role),
            name == null ? null : checked("name", name),
            email == null ? null : checked("email", email));
    cookies.set(response, issuer.signIn(person));
    return found(location);
  }

  /** Ends the session and every stream of the caller, whether or not there was one. */
  @GET
  @Path("/logout")
  @PermitAll
  public Response logout(
      @QueryParam("redirect") @Nullable String redirect,
      @Context HttpServletRequest request,
      @Context HttpServletResponse response) {
    String location = Site.localPath(redirect);
    cookies
        .refresh(request)
        .ifPresent(
            token -> {
              issuers.local().ifPresent(issuer -> issuer.endSession(token));
              renewals.forget(token);
            });
    if (request.getUserPrincipal() instanceof Caller known) {
      issuers.local().ifPresent(issuer -> issuer.endSession(known));
      loggedOut.fire(new LoggedOut(known.getName()));
    }
    cookies.clear(response);
    return found(location);
  }

  /** The public keys of the local issuer (RFC 7517). */
  @GET
  @Path("/jwks")
  @PermitAll
  public String jwks() {
    return issuers.localOrRefuse().publicKeys();
  }

  private static Response found(String location) {
    return Response.status(Response.Status.FOUND).header(HttpHeaders.LOCATION, location).build();
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
