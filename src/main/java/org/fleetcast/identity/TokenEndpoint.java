package org.fleetcast.identity;

import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.TokenRevocationRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.token.OIDCTokens;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.Semaphore;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** Where codes and refresh tokens are changed for tokens and revoked, asked as our own client. */
final class TokenEndpoint {
  private static final Logger LOG = System.getLogger(TokenEndpoint.class.getName());

  /** Of a session whose provider does not say how long it lasts; the provider decides anyway. */
  private static final Duration REFRESH_LIFE = Duration.ofDays(30);

  /** Where the provider does not say it: the token itself knows better. */
  private static final Duration ACCESS_LIFE = Duration.ofMinutes(5);

  /** Threads that may wait here to renew, and as many with codes, which any stranger can bring. */
  static final int AT_ONCE = 16;

  /** A provider that did not answer is left alone for so long: others would only queue for it. */
  static final Duration PAUSE = Duration.ofMillis(1500);

  private final Semaphore renewals = new Semaphore(AT_ONCE);
  private final Semaphore codes = new Semaphore(AT_ONCE);
  private final OpenIdProvider provider;
  private final OpenIdClient client;
  private final ClockWatch clocks;
  private volatile Instant notBefore = Instant.MIN;

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
          tokens.getIDTokenString(),
          session());
    }

    private @Nullable String session() {
      try {
        return tokens.getIDToken() == null
            ? null
            : tokens.getIDToken().getJWTClaimsSet().getStringClaim("sid");
      } catch (java.text.ParseException noText) {
        return null;
      }
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
    Semaphore places = grant instanceof RefreshTokenGrant ? renewals : codes;
    if (!places.tryAcquire()) {
      throw OpenIdProvider.unavailable(new IOException("Too many already wait for it"));
    }
    try {
      HTTPResponse response = exchange(request);
      clocks.seeHeader(response.getHeaderValue("Date"));
      return OIDCTokenResponseParser.parse(response);
    } catch (ParseException noAnswer) {
      throw OpenIdProvider.unavailable(noAnswer);
    } finally {
      places.release();
    }
  }

  private HTTPResponse exchange(HTTPRequest request) {
    request.setConnectTimeout(OpenIdProvider.CONNECT_MILLIS);
    request.setReadTimeout(OpenIdProvider.READ_MILLIS);
    request.setFollowRedirects(false);
    request.setSSLSocketFactory(provider.sockets());
    if (provider.steady().instant().isBefore(notBefore)) {
      throw OpenIdProvider.unavailable(new IOException("It did not answer a moment ago"));
    }
    try {
      return request.send();
    } catch (IOException failure) {
      notBefore = provider.steady().instant().plus(PAUSE);
      throw OpenIdProvider.unavailable(failure);
    }
  }

  /**
   * Gives a refresh token back (RFC 7009), where the provider takes it; with it go the tokens that
   * were had for it.
   *
   * @throws Problem 503 when the provider does not answer right now
   */
  void revoke(String refreshToken) {
    ProviderMetadata metadata = provider.known().metadata();
    if (metadata.revocation() == null) {
      return;
    }
    RefreshToken token = new RefreshToken(refreshToken);
    ClientAuthentication shown = authentication(metadata);
    TokenRevocationRequest request =
        shown == null
            ? new TokenRevocationRequest(metadata.revocation(), new ClientID(client.id()), token)
            : new TokenRevocationRequest(metadata.revocation(), shown, token);
    int status = exchange(request.toHTTPRequest()).getStatusCode();
    if (status >= 500) {
      throw OpenIdProvider.unavailable(new IOException("Revocation failed status=" + status));
    }
    if (status >= 400) {
      LOG.log(Level.DEBUG, "The login provider revokes no refresh token status=" + status);
    }
  }

  private TokenRequest request(ProviderMetadata metadata, URI endpoint, AuthorizationGrant grant) {
    ClientAuthentication shown = authentication(metadata);
    return shown == null
        ? new TokenRequest(endpoint, new ClientID(client.id()), grant, null)
        : new TokenRequest(endpoint, shown, grant, null);
  }

  private @Nullable ClientAuthentication authentication(ProviderMetadata metadata) {
    if (client.secret() == null) {
      return null;
    }
    ClientID id = new ClientID(client.id());
    Secret secret = new Secret(client.secret());
    return metadata.takesBasic()
        ? new ClientSecretBasic(id, secret)
        : new ClientSecretPost(id, secret);
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
