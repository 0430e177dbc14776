package org.fleetcast.identity;

import com.nimbusds.jwt.JWTClaimsSet;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which roles a token gives, and which of them is needed to be let in at all.
 *
 * @param required null: everybody who can sign in is let in
 */
record RoleRule(AudienceRule audience, @Nullable String required) {
  /** Of tokens that nobody narrows down: the local issuer's. */
  static final RoleRule EVERYBODY = new RoleRule(new AudienceRule(null, null), null);

  /** The roles of {@code groups} and of Keycloak's claims for the realm and for this service. */
  Set<String> roles(JWTClaimsSet claims) {
    Set<String> roles = new TreeSet<>();
    addTexts(roles, claims.getClaim("groups"));
    addRoles(roles, claims.getClaim("realm_access"));
    if (claims.getClaim("resource_access") instanceof Map<?, ?> clients) {
      Stream.of(audience.clientId(), audience.audience())
          .filter(Objects::nonNull)
          .forEach(client -> addRoles(roles, clients.get(client)));
    }
    return roles;
  }

  boolean admits(Set<String> roles) {
    return required == null || roles.contains(required);
  }

  private static void addRoles(Set<String> roles, @Nullable Object access) {
    if (access instanceof Map<?, ?> map) {
      addTexts(roles, map.get("roles"));
    }
  }

  private static void addTexts(Set<String> roles, @Nullable Object values) {
    if (values instanceof Collection<?> collection) {
      collection.stream().filter(String.class::isInstance).forEach(v -> roles.add((String) v));
    }
  }
}
