package org.fleetcast.identity;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a sign-in or a renewal gives a browser, and how long each token is good for.
 *
 * @param refresh empty where the issuer gave none: the session then ends with the access token
 * @param idToken what the OpenID provider wants to see again at the sign-out
 * @param session the provider's name of the session ({@code sid}), where its ID token says it
 */
public record TokenPair(
    String access,
    Duration accessLife,
    String refresh,
    Duration refreshLife,
    @Nullable String idToken,
    @Nullable String session) {
  /** The same, of that session where the issuer does not repeat its name. */
  TokenPair in(@Nullable String known) {
    return session != null || known == null
        ? this
        : new TokenPair(access, accessLife, refresh, refreshLife, idToken, known);
  }

  @Override
  public String toString() {
    return "Tokens[accessLife=" + accessLife + "]"; // a token is never printed
  }
}
