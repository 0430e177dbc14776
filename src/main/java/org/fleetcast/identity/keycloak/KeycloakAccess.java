package org.fleetcast.identity.keycloak;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.fleetcast.identity.PublicUrl;
import org.fleetcast.problem.Setting;

/**
 * Where Keycloak is, and as whom we look after its clients.
 *
 * @param base its address without a slash at its end
 * @param issuer whom its tokens have to name, or they are refused here
 * @param clientId our own client there, whose service account may manage clients
 */
public record KeycloakAccess(
    URI base, String realm, URI issuer, String clientId, String clientSecret) {
  private static final List<String> KEYS =
      List.of(
          "KEYCLOAK_BASE_URL",
          "KEYCLOAK_REALM",
          "KEYCLOAK_ADMIN_CLIENT_ID",
          "KEYCLOAK_ADMIN_CLIENT_SECRET");

  /**
   * What is configured; empty when nothing is.
   *
   * @param settings address, realm, client and secret
   * @param issuer whose tokens alone are taken here: devices would be refused with another realm's.
   *     The hosts may differ, since Keycloak may be reached from inside by another name
   * @param scheduled whether the fleet is to rotate by itself
   */
  public static Optional<KeycloakAccess> read(
      List<Optional<String>> settings, Optional<URI> issuer, boolean scheduled) {
    List<String> missing =
        IntStream.range(0, KEYS.size())
            .filter(at -> settings.get(at).isEmpty())
            .mapToObj(KEYS::get)
            .toList();
    if (missing.equals(KEYS)) {
      if (issuer.isPresent() && scheduled) {
        throw Setting.bad(
            "ROTATION_CRON needs KEYCLOAK_BASE_URL and the settings that go with it beside"
                + " OIDC_ISSUER_URL: nobody else gives devices tokens with a new secret");
      }
      return Optional.empty();
    }
    if (!missing.isEmpty()) {
      throw Setting.bad(
          "%s must be set too: with Keycloak all of %s are needed"
              .formatted(String.join(", ", missing), String.join(", ", KEYS)));
    }
    if (issuer.isEmpty()) {
      throw Setting.bad(
          "OIDC_ISSUER_URL must be set beside KEYCLOAK_BASE_URL, or the tokens of devices are"
              + " refused");
    }
    List<String> set = settings.stream().map(Optional::orElseThrow).toList();
    if (!PublicUrl.withoutSlash(issuer.get().getRawPath()).endsWith("/realms/" + set.get(1))) {
      throw Setting.bad(
          "KEYCLOAK_REALM must be the realm of OIDC_ISSUER_URL, which ends with /realms/<name>, or"
              + " the tokens of devices are refused");
    }
    Optional<URI> base = PublicUrl.address(set.get(0));
    if (base.isEmpty()) {
      throw Setting.bad(
          "KEYCLOAK_BASE_URL must be the http or https address of Keycloak, with no underscore in"
              + " the name of the host");
    }
    return Optional.of(
        new KeycloakAccess(base.get(), set.get(1), issuer.get(), set.get(2), set.get(3)));
  }

  /** Says nothing of the secret, so that it reaches no log. */
  @Override
  public String toString() {
    return "KeycloakAccess[base=" + base + ", realm=" + realm + ", clientId=" + clientId + "]";
  }
}
