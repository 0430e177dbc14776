package org.fleetcast.identity;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a sign-in or a renewal gives a browser, and how long each token is good for.
 *
 * @param refresh empty where the issuer gave none: the session then ends with the access token
 * @param idToken what the OpenID provider wants to see again at the sign-out
 */
public record TokenPair(
    String access,
    Duration accessLife,
    String refresh,
    Duration refreshLife,
    @Nullable String idToken) {
  @Override
  public String toString() {
    return "Tokens[accessLife=" + accessLife + "]"; // a token is never printed
  }
}
