package org.fleetcast.identity.keycloak;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IssuerSettingsCheckTest {
  private static final Optional<KeycloakAccess> KEYCLOAK =
      Optional.of(new KeycloakAccess(URI.create("http://keycloak:8080"), "iot", "me", "x"));
  private static final Optional<KeycloakAccess> NONE = Optional.empty();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://keycloak:8080/realms/iot",
        "http://keycloak:8080/realms/iot/",
        "https://login.example.org/auth/realms/iot",
      })
  void a_realm_may_be_reached_by_two_names(String issuer) {
    assertThatCode(() -> IssuerSettingsCheck.check(KEYCLOAK, uri(issuer), true))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://keycloak:8080/realms/people",
        "http://keycloak:8080/realms/iot/x",
        "http://keycloak:8080/realms/iot2",
        "http://keycloak:8080/",
        "https://login.example.org",
      })
  void another_realm_than_the_issuers_stops_the_start(String issuer) {
    assertThatThrownBy(() -> IssuerSettingsCheck.check(KEYCLOAK, uri(issuer), false))
        .hasMessageStartingWith("KEYCLOAK_REALM must be the realm of OIDC_ISSUER_URL");
  }

  @Test
  void keycloak_without_the_issuer_of_its_tokens_stops_the_start() {
    assertThatThrownBy(() -> IssuerSettingsCheck.check(KEYCLOAK, Optional.empty(), false))
        .hasMessageStartingWith("OIDC_ISSUER_URL must be set beside KEYCLOAK_BASE_URL");
  }

  @Test
  void a_schedule_needs_somebody_who_gives_devices_tokens() {
    Optional<URI> issuer = uri("https://login.example.org/realms/iot");
    assertThatThrownBy(() -> IssuerSettingsCheck.check(NONE, issuer, true))
        .hasMessageStartingWith("ROTATION_CRON needs KEYCLOAK_BASE_URL");
    assertThatCode(() -> IssuerSettingsCheck.check(NONE, issuer, false)).doesNotThrowAnyException();
    assertThatCode(() -> IssuerSettingsCheck.check(NONE, Optional.empty(), true))
        .doesNotThrowAnyException();
  }

  private static Optional<URI> uri(String text) {
    return Optional.of(URI.create(text));
  }
}
