package org.fleetcast.identity;

import com.nimbusds.jwt.JWTClaimsSet;
import jakarta.security.enterprise.CallerPrincipal;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.jwt.Claims;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jspecify.annotations.Nullable;

/**
 * Who calls, as a verified token says. The name is the subject, since that is the identity; {@link
 * #getGroups()} are the roles of the token, the reserved ones left out.
 */
final class Caller extends CallerPrincipal implements JsonWebToken {
  static final String USER = "user";
  static final String DEVICE = "device";

  /** The caller of a request without a valid token, on an open endpoint. */
  static final Caller NOBODY = new Caller("", Map.of());

  private static final long serialVersionUID = 1L;
  private static final Set<String> RESERVED = Set.of(USER, DEVICE);

  private final transient Map<String, Object> claims;

  private Caller(String name, Map<String, Object> claims) {
    super(name);
    this.claims = claims;
  }

  /** The caller behind claims that were verified. */
  static Caller of(JWTClaimsSet verified, String rawToken) {
    Map<String, Object> claims = new HashMap<>();
    verified.getClaims().forEach((name, value) -> claims.put(name, plain(value)));
    claims.put(Claims.aud.name(), Set.copyOf(verified.getAudience()));
    claims.put(Claims.groups.name(), roles(verified));
    claims.put(Claims.raw_token.name(), rawToken);
    claims.values().removeIf(value -> value == null);
    // The copy takes less room, and a stream keeps its caller for hours.
    return new Caller(verified.getSubject(), Map.copyOf(claims));
  }

  /** What the container is told: a device is a device and nothing else. */
  Set<String> containerRoles() {
    if (AudienceRule.isDevice(party(claims.get("azp"), claims.get("client_id")))) {
      return Set.of(DEVICE);
    }
    Set<String> roles = new LinkedHashSet<>(getGroups());
    roles.add(USER);
    return roles;
  }

  Instant expiresAt() {
    return Instant.ofEpochSecond(getExpirationTime());
  }

  /** The party that got the token: {@code azp}, or {@code client_id} (RFC 9068). */
  static @Nullable String party(@Nullable Object azp, @Nullable Object clientId) {
    Object party = azp == null ? clientId : azp;
    return party instanceof String text ? text : null;
  }

  @Override
  public Set<String> getClaimNames() {
    return claims.keySet();
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the API wants it so
  public <T> @Nullable T getClaim(String name) {
    return (T) claims.get(name);
  }

  @Override
  public @Nullable String getSubject() {
    return getClaim(Claims.sub.name());
  }

  @Override
  public Set<String> getGroups() {
    Set<String> groups = getClaim(Claims.groups.name());
    return groups == null ? Set.of() : groups;
  }

  private static Set<String> roles(JWTClaimsSet claims) {
    Set<String> roles = new TreeSet<>();
    addTexts(roles, claims.getClaim(Claims.groups.name()));
    if (claims.getClaim("realm_access") instanceof Map<?, ?> realm) {
      addTexts(roles, realm.get("roles"));
    }
    roles.removeAll(RESERVED);
    return Set.copyOf(roles);
  }

  private static void addTexts(Set<String> roles, @Nullable Object values) {
    if (values instanceof Collection<?> collection) {
      collection.stream().filter(String.class::isInstance).forEach(v -> roles.add((String) v));
    }
  }

  /** MicroProfile JWT gives times as seconds. */
  private static @Nullable Object plain(@Nullable Object value) {
    return value instanceof Date date ? (Object) date.toInstant().getEpochSecond() : value;
  }
}
