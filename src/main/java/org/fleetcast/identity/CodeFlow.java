package org.fleetcast.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jwt.JWT;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.token.OIDCTokens;
import com.nimbusds.openid.connect.sdk.validators.AccessTokenValidator;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import com.nimbusds.openid.connect.sdk.validators.InvalidHashException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import org.fleetcast.identity.TokenEndpoint.Granted;
import org.fleetcast.identity.TokenEndpoint.Refused;
import org.fleetcast.problem.BoundedLog;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * The authorization code flow with PKCE (RFC 9700): where a browser is sent to, and what its answer
 * from there is changed for.
 */
final class CodeFlow {
  private static final int MAX_ERROR = 64;

  /** Anybody can bring such an answer. */
  private static final BoundedLog WRONG =
      new BoundedLog(System.getLogger(CodeFlow.class.getName()));

  private final OpenIdProvider provider;
  private final OpenIdClient client;
  private final TokenEndpoint endpoint;
  private final URI callback;
  private final Duration skew;

  /**
   * The flow of one client.
   *
   * @param callback where the provider sends browsers back to
   * @param skew how far the provider's clock may be from ours
   */
  CodeFlow(
      OpenIdProvider provider,
      OpenIdClient client,
      TokenEndpoint endpoint,
      URI callback,
      Duration skew) {
    this.provider = provider;
    this.client = client;
    this.endpoint = endpoint;
    this.callback = callback;
    this.skew = skew;
  }

  /**
   * Where the browser goes to sign in.
   *
   * @throws Problem 503 when the provider does not answer right now
   */
  URI authorization(PendingSignIn pending) {
    ProviderMetadata metadata = provider.known().metadata();
    if (metadata.authorization() == null) {
      throw OpenIdProvider.unavailable(new IOException("It names no authorization_endpoint"));
    }
    return new AuthenticationRequest.Builder(
            ResponseType.CODE, client.scope(), new ClientID(client.id()), callback)
        .endpointURI(metadata.authorization())
        .state(pending.state())
        .nonce(pending.nonce())
        .codeChallenge(pending.verifier(), CodeChallengeMethod.S256)
        .build()
        .toURI();
  }

  /**
   * What the provider gives for the answer that a browser brought back.
   *
   * @throws Problem 400 or 403 when there is nothing to be had for it, 502 when the provider's
   *     tokens are not good, 503 when it does not answer right now
   */
  TokenPair tokens(SignInAnswer answer, PendingSignIn pending) {
    requireIssuer(answer.issuer());
    String error = answer.error();
    if (error != null) {
      throw refusal(error, client);
    }
    String code = answer.code();
    if (code == null || code.isBlank()) {
      throw Problem.invalid("code", "is required");
    }
    try {
      Granted granted =
          endpoint.ask(
              new AuthorizationCodeGrant(
                  new AuthorizationCode(code), callback, pending.verifier()));
      check(granted.tokens(), pending);
      return granted.forBrowser();
    } catch (Refused refused) {
      throw refused.isOfTheGrant()
          ? Problem.of(
              ProblemCode.INVALID_OPERATION,
              "The login provider does not take its code again. Please sign in once more",
              refused)
          : failed("The login provider refuses this service as a client", refused);
    } catch (KeySourceException unreachable) {
      throw OpenIdProvider.unavailable(unreachable);
    } catch (BadJOSEException | JOSEException | InvalidHashException bad) {
      throw failed("The login provider's ID token is not good", bad);
    }
  }

  /** RFC 9207: an answer of another provider's may not be taken for this one's. */
  private void requireIssuer(@Nullable String named) {
    ProviderMetadata metadata = provider.known().metadata();
    boolean same = named == null ? !metadata.namesItself() : named.equals(metadata.issuer());
    if (!same) {
      throw Problem.of(
          ProblemCode.INVALID_OPERATION,
          "The answer to the sign-in is not one of the login provider");
    }
  }

  private static Problem refusal(String error, OpenIdClient client) {
    return switch (error) {
      case "invalid_scope" -> {
        WRONG.log(
            Level.WARNING,
            "The login provider refuses the scopes of OIDC_SCOPES: nobody can sign in scopes="
                + client.scope(),
            null);
        yield failed("The login provider refuses the scopes that this service asks for", null);
      }
      case "access_denied", "consent_required" ->
          Problem.of(
              ProblemCode.AUTHORIZATION_FAILED,
              "The sign-in was cancelled or refused at the provider");
      case "temporarily_unavailable", "login_required", "interaction_required" ->
          Problem.of(
              ProblemCode.INVALID_OPERATION,
              "The sign-in took too long or was not finished. Try again");
      default ->
          Problem.of(
              ProblemCode.INVALID_OPERATION,
              "The login provider could not sign you in: error=" + printable(error));
    };
  }

  private static String printable(String error) {
    return error.substring(0, Math.min(error.length(), MAX_ERROR)).replaceAll("[^a-z_]", "?");
  }

  private void check(OIDCTokens tokens, PendingSignIn pending)
      throws BadJOSEException, JOSEException, InvalidHashException {
    JWT idToken = tokens.getIDToken();
    if (idToken == null) {
      throw new BadJOSEException("There is none");
    }
    OpenIdProvider.Known known = provider.known();
    IDTokenValidator validator =
        new IDTokenValidator(
            new Issuer(known.metadata().issuer()),
            new ClientID(client.id()),
            new JWSVerificationKeySelector<>(TokenVerifier.ALGORITHMS, known.keys()),
            null);
    validator.setMaxClockSkew((int) skew.toSeconds());
    IDTokenClaimsSet claims = validator.validate(idToken, pending.nonce());
    if (claims.getAccessTokenHash() != null) {
      AccessTokenValidator.validate(
          tokens.getAccessToken(),
          JWSAlgorithm.parse(idToken.getHeader().getAlgorithm().getName()),
          claims.getAccessTokenHash());
    }
  }

  private static Problem failed(String sentence, @Nullable Exception cause) {
    return Problem.of(ProblemCode.EXTERNAL_SERVICE_ERROR, sentence, cause);
  }
}
