package org.fleetcast.identity;

import com.nimbusds.oauth2.sdk.Scope;
import org.jspecify.annotations.Nullable;

/**
 * We as a client of the OpenID provider.
 *
 * @param secret null for a public client, which PKCE alone protects
 */
record OpenIdClient(String id, @Nullable String secret, Scope scope) {
  @Override
  public String toString() {
    return "OpenIdClient[id=" + id + "]"; // a secret is never printed
  }
}
