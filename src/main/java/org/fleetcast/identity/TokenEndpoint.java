package org.fleetcast.identity;

import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.token.OIDCTokens;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Date;
import java.util.concurrent.Semaphore;
import org.fleetcast.problem.Problem;

/** Where codes and refresh tokens are changed for tokens, asked as our own client. */
final class TokenEndpoint {
  /** Of a session whose provider does not say how long it lasts; the provider decides anyway. */
  private static final Duration REFRESH_LIFE = Duration.ofDays(30);

  /** Where the provider does not say it: the token itself knows better. */
  private static final Duration ACCESS_LIFE = Duration.ofMinutes(5);

  /** Threads that may wait here: whoever shows any refresh token brings one. */
  private static final int AT_ONCE = 16;

  private final Semaphore places = new Semaphore(AT_ONCE);
  private final OpenIdProvider provider;
  private final OpenIdClient client;
  private final ClockWatch clocks;

  TokenEndpoint(OpenIdProvider provider, OpenIdClient client, ClockWatch clocks) {
    this.provider = provider;
    this.client = client;
    this.clocks = clocks;
  }

  /** What the provider does not give tokens for. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final String code;

    Refused(ErrorObject error) {
      super("error=" + error.getCode() + " status=" + error.getHTTPStatusCode());
      this.code = String.valueOf(error.getCode());
    }

    /** Whether the code or refresh token is bad or over, and not we ourselves. */
    boolean isOfTheGrant() {
      return code.equals("invalid_grant");
    }
  }

  /** What the provider gave. */
  record Granted(OIDCTokens tokens, Duration refreshLife) {
    /** The tokens for a browser. */
    TokenPair forBrowser() {
      long seconds = tokens.getAccessToken().getLifetime();
      return new TokenPair(
          tokens.getAccessToken().getValue(),
          seconds > 0 ? Duration.ofSeconds(seconds) : ACCESS_LIFE,
          tokens.getRefreshToken() == null ? "" : tokens.getRefreshToken().getValue(),
          refreshLife,
          tokens.getIDTokenString());
    }
  }

  /**
   * Changes a code or a refresh token for tokens.
   *
   * @throws Refused when the provider does not take it
   * @throws Problem 503 when the provider does not answer right now
   */
  Granted ask(AuthorizationGrant grant) throws Refused {
    TokenResponse response = send(grant);
    if (response instanceof OIDCTokenResponse granted) {
      seeClock(granted.getOIDCTokens());
      return new Granted(granted.getOIDCTokens(), refreshLife(granted));
    }
    ErrorObject error = response.toErrorResponse().getErrorObject();
    if (error == null || error.getHTTPStatusCode() >= 500) {
      throw OpenIdProvider.unavailable(new IOException("The token endpoint failed: " + error));
    }
    throw new Refused(error);
  }

  private TokenResponse send(AuthorizationGrant grant) {
    ProviderMetadata metadata = provider.known().metadata();
    if (metadata.token() == null) {
      throw OpenIdProvider.unavailable(new IOException("It names no token_endpoint"));
    }
    HTTPRequest request = request(metadata, metadata.token(), grant).toHTTPRequest();
    request.setConnectTimeout(OpenIdProvider.CONNECT_MILLIS);
    request.setReadTimeout(OpenIdProvider.READ_MILLIS);
    request.setFollowRedirects(false);
    request.setSSLSocketFactory(provider.sockets());
    if (!places.tryAcquire()) {
      throw OpenIdProvider.unavailable(new IOException("Too many already wait for it"));
    }
    try {
      HTTPResponse response = request.send();
      clocks.seeHeader(response.getHeaderValue("Date"));
      return OIDCTokenResponseParser.parse(response);
    } catch (IOException | ParseException failure) {
      throw OpenIdProvider.unavailable(failure);
    } finally {
      places.release();
    }
  }

  private TokenRequest request(ProviderMetadata metadata, URI endpoint, AuthorizationGrant grant) {
    ClientID id = new ClientID(client.id());
    if (client.secret() == null) {
      return new TokenRequest(endpoint, id, grant, null);
    }
    Secret secret = new Secret(client.secret());
    return new TokenRequest(
        endpoint,
        metadata.takesBasic()
            ? new ClientSecretBasic(id, secret)
            : new ClientSecretPost(id, secret),
        grant,
        null);
  }

  /** Keycloak sends no date; what it signed just now has one. */
  private void seeClock(OIDCTokens tokens) {
    try {
      Date issued =
          SignedJWT.parse(tokens.getAccessToken().getValue()).getJWTClaimsSet().getIssueTime();
      if (issued != null) {
        clocks.see(issued.toInstant());
      }
    } catch (java.text.ParseException noJwt) {
      return; // who verifies it says so
    }
  }

  /** Keycloak says it, beside the standard; 0 stands for a session without an end. */
  private static Duration refreshLife(OIDCTokenResponse granted) {
    Object seconds = granted.getCustomParameters().get("refresh_expires_in");
    return seconds instanceof Number number && number.longValue() > 0
        ? Duration.ofSeconds(number.longValue())
        : REFRESH_LIFE;
  }
}
