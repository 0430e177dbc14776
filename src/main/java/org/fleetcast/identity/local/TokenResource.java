package org.fleetcast.identity.local;

import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
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
import java.security.MessageDigest;
import java.util.List;
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audit;
import org.fleetcast.identity.Issuers;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * The token endpoint of the local issuer: a device or a terminal changes its secret for a token.
 * Answers and errors are those of RFC 6749, here only.
 */
@Singleton
@Path("/auth/token")
@PermitAll
@Produces(MediaType.APPLICATION_JSON)
public class TokenResource {
  private static final int MAX_FORM = 16 * 1024;
  private static final ClientLogin TERMINAL = new ClientLogin("fleetcast-cli", "local");

  private final Issuers issuers;
  private final LocalClients clients;
  private final Audit audit;

  @Inject
  public TokenResource(Issuers issuers, LocalClients clients, Audit audit) {
    this.audit = audit;
    this.issuers = issuers;
    this.clients = clients;
  }

  /** A token (RFC 6749, section 5.1); {@code expires_in} in seconds. */
  public record Token(String accessToken, String tokenType, long expiresIn) {}

  /** A refusal (RFC 6749, section 5.2). */
  public record Refusal(String error, String errorDescription) {}

  /** Gives a token for client credentials. */
  @POST
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response token(
      InputStream body,
      @HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String authorization,
      @Context HttpServletRequest request) {
    LocalIssuer issuer = issuers.localOrRefuse();
    try {
      ClientLogin login = ClientLogin.read(text(body), authorization);
      String token = issuer.clientToken(login.clientId(), roles(login, request));
      return uncached(Response.ok(new Token(token, "Bearer", issuer.accessLife().toSeconds())));
    } catch (ClientLogin.Refused refused) {
      return refuse(refused);
    }
  }

  /** Refuses what is no form. */
  @POST
  @Consumes(MediaType.WILDCARD)
  public Response noForm() {
    issuers.localOrRefuse();
    return refuse(
        new ClientLogin.Refused(
            "invalid_request", "The body must be " + MediaType.APPLICATION_FORM_URLENCODED));
  }

  private List<String> roles(ClientLogin login, HttpServletRequest request) {
    if (login.clientId().equals(TERMINAL.clientId())
        && MessageDigest.isEqual(bytes(login.secret()), bytes(TERMINAL.secret()))) {
      return List.of("editor");
    }
    if (clients.knows(login.clientId(), login.secret())) {
      return List.of();
    }
    String why = "The client or its secret is wrong";
    audit.refused(Action.SIGN_IN, login.clientId(), why, request);
    throw new ClientLogin.Refused("invalid_client", why);
  }

  private static Response refuse(ClientLogin.Refused refused) {
    Response.ResponseBuilder response =
        Response.status(refused.status())
            .entity(new Refusal(refused.error(), refused.description()));
    if (refused.status() == 401) {
      response.header(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"fleetcast\"");
    }
    return uncached(response);
  }

  private static Response uncached(Response.ResponseBuilder response) {
    return response
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .header("Pragma", "no-cache")
        .build();
  }

  private static String text(InputStream body) {
    try {
      byte[] form = body.readNBytes(MAX_FORM + 1);
      if (form.length > MAX_FORM) {
        throw Problem.of(ProblemCode.PAYLOAD_TOO_LARGE, "The form is larger than 16 KiB");
      }
      return new String(form, StandardCharsets.UTF_8);
    } catch (IOException broken) {
      throw new ClientLogin.Refused("invalid_request", "The form could not be read");
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
