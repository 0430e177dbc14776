package org.fleetcast.identity;

import com.nimbusds.jwt.JWTClaimsSet;
import jakarta.security.enterprise.CallerPrincipal;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.jwt.Claims;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jspecify.annotations.Nullable;

/**
 * Who calls, as a verified token says. The name is the subject, since that is the identity; {@link
 * #getGroups()} are the roles of the token. Those that the container knows a person or a device by
 * ({@code user}, {@code device}) are its own: a token that names them has gained nothing.
 */
public final class Caller extends CallerPrincipal implements JsonWebToken {
  static final String USER = "user";
  static final String DEVICE = "device";

  /** The caller of a request without a valid token, on an open endpoint. */
  static final Caller NOBODY = new Caller("", Map.of(), false, null);

  private static final long serialVersionUID = 1L;

  private final transient Map<String, Object> claims;
  private final boolean admitted;
  private final @Nullable String remembered;

  private Caller(
      String name, Map<String, Object> claims, boolean admitted, @Nullable String remembered) {
    super(name);
    this.claims = claims;
    this.admitted = admitted;
    this.remembered = remembered;
  }

  /** The caller behind claims that the local issuer made. */
  public static Caller of(JWTClaimsSet verified, String rawToken) {
    return of(verified, rawToken, RoleRule.EVERYBODY);
  }

  /** The caller behind claims that were verified. */
  static Caller of(JWTClaimsSet verified, String rawToken, RoleRule rule) {
    Map<String, Object> claims = new HashMap<>();
    verified.getClaims().forEach((name, value) -> claims.put(name, plain(value)));
    Set<String> roles = rule.roles(verified);
    claims.put(Claims.aud.name(), Set.copyOf(verified.getAudience()));
    claims.put(Claims.groups.name(), Set.copyOf(roles));
    claims.put(Claims.raw_token.name(), rawToken);
    claims.values().removeIf(value -> value == null);
    // The copy takes less room, and a stream keeps its caller for hours.
    return new Caller(verified.getSubject(), Map.copyOf(claims), rule.admits(roles), null);
  }

  /** The same, of a session that our cookie remembers: some providers name it in ID tokens only. */
  Caller in(@Nullable String session) {
    return session == null || session.equals(remembered)
        ? this
        : new Caller(getName(), claims, admitted, session);
  }

  /** The provider's session that our cookie remembers, whatever the token itself says. */
  @Nullable String rememberedSession() {
    return remembered;
  }

  /** Whether the caller is a device or has the role that people need to be let in. */
  boolean isAdmitted() {
    return admitted || containerRoles().contains(DEVICE);
  }

  /** What the container is told: a device is a device and nothing else. */
  public Set<String> containerRoles() {
    if (AudienceRule.isDevice(party(claims.get("azp"), claims.get("client_id")))) {
      return Set.of(DEVICE);
    }
    if (!admitted) {
      return Set.of();
    }
    Set<String> roles = new LinkedHashSet<>(getGroups());
    roles.remove(DEVICE);
    roles.add(USER);
    return roles;
  }

  public Instant expiresAt() {
    return Instant.ofEpochSecond(getExpirationTime());
  }

  /** The party that got the token: {@code azp}, or {@code client_id} (RFC 9068). */
  public static @Nullable String party(@Nullable Object azp, @Nullable Object clientId) {
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

  /** MicroProfile JWT gives times as seconds. */
  private static @Nullable Object plain(@Nullable Object value) {
    return value instanceof Date date ? (Object) date.toInstant().getEpochSecond() : value;
  }
}
