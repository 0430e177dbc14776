package org.fleetcast.identity.keycloak;

import java.net.URI;
import java.util.Optional;
import org.fleetcast.identity.PublicUrl;
import org.fleetcast.problem.Setting;

/**
 * That the settings of who logs in and of who gives devices their credentials agree: otherwise the
 * start succeeds and every device is refused.
 */
public final class IssuerSettingsCheck {
  private static final String REALMS = "/realms/";

  private IssuerSettingsCheck() {}

  /**
   * Checks what the settings alone show.
   *
   * @param issuer the OpenID provider, whose tokens are the only ones taken when there is one
   * @param scheduled whether the fleet is to rotate by itself
   */
  public static void check(
      Optional<KeycloakAccess> keycloak, Optional<URI> issuer, boolean scheduled) {
    if (keycloak.isPresent()) {
      checkRealm(keycloak.get(), issuer);
    } else if (issuer.isPresent() && scheduled) {
      throw Setting.bad(
          "ROTATION_CRON needs KEYCLOAK_BASE_URL and the settings that go with it beside"
              + " OIDC_ISSUER_URL: nobody else gives devices tokens with a new secret");
    }
  }

  /** The hosts may differ, since Keycloak may be reached from inside by another name. */
  private static void checkRealm(KeycloakAccess keycloak, Optional<URI> issuer) {
    if (issuer.isEmpty()) {
      throw Setting.bad(
          "OIDC_ISSUER_URL must be set beside KEYCLOAK_BASE_URL, or the tokens of devices are"
              + " refused");
    }
    String path = PublicUrl.withoutSlash(issuer.get().getPath());
    int realm = path.lastIndexOf(REALMS);
    if (realm < 0 || !path.substring(realm + REALMS.length()).equals(keycloak.realm())) {
      throw Setting.bad(
          "KEYCLOAK_REALM must be the realm of OIDC_ISSUER_URL, which ends with /realms/<name>, or"
              + " the tokens of devices are refused");
    }
  }
}
