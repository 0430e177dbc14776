package org.fleetcast.identity;

import com.nimbusds.oauth2.sdk.util.MultivaluedMapUtils;
import com.nimbusds.oauth2.sdk.util.URLUtils;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audit;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/** Where the OpenID provider says that somebody signed out there. */
@Singleton
@Path("/auth/backchannel-logout")
@PermitAll
@Produces(MediaType.APPLICATION_JSON)
public class BackchannelLogoutResource {
  private static final int MAX_FORM = 16 * 1024;

  private final Optional<LogoutTokens> tokens;
  private final EndedLogins ended;
  private final Audit audit;

  @Inject
  public BackchannelLogoutResource(
      Issuers issuers, OpenIdSettings settings, EndedLogins ended, Audit audit) {
    this.audit = audit;
    this.ended = ended;
    this.tokens =
        issuers
            .openId()
            .flatMap(
                openId ->
                    settings
                        .client()
                        .map(
                            client ->
                                new LogoutTokens(
                                    openId.provider(), client, settings.skew(), issuers.clock())));
  }

  /** Ends the session that the token names: its tokens are refused, its streams are closed. */
  @POST
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response logout(InputStream body, @Context HttpServletRequest request) {
    LogoutTokens known =
        tokens.orElseThrow(
            () ->
                Problem.of(
                    ProblemCode.SERVICE_UNAVAILABLE,
                    "There is no OpenID provider that could say so"));
    EndedLogin login = known.read(token(body));
    ended.end(login);
    audit.done(Action.SIGN_OUT, login.subject(), "at the provider", request);
    return Response.ok().header(HttpHeaders.CACHE_CONTROL, "no-store").build();
  }

  /** Refuses what is no form. */
  @POST
  @Consumes(MediaType.WILDCARD)
  public Response noForm() {
    throw Problem.of(
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        "The request body must be " + MediaType.APPLICATION_FORM_URLENCODED);
  }

  private static String token(InputStream body) {
    try {
      byte[] form = body.readNBytes(MAX_FORM + 1);
      if (form.length > MAX_FORM) {
        throw Problem.of(ProblemCode.PAYLOAD_TOO_LARGE, "The form is larger than 16 KiB");
      }
      String token =
          MultivaluedMapUtils.getFirstValue(
              URLUtils.parseParameters(new String(form, StandardCharsets.UTF_8)), "logout_token");
      if (token == null) {
        throw Problem.invalid("logout_token", "is required");
      }
      return token;
    } catch (IOException broken) {
      throw Problem.invalidBody("could not be read");
    }
  }
}
