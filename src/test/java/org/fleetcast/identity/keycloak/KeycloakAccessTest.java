package org.fleetcast.identity.keycloak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeycloakAccessTest {
  private static final String ISSUER = "https://id.example.org/realms/iot";

  @Test
  void where_nothing_is_set_there_is_no_keycloak() {
    assertThat(read(ISSUER, "", "", "", "")).isEmpty();
    assertThat(KeycloakAccess.read(settings("", "", "", ""), Optional.empty(), true)).isEmpty();
  }

  @Test
  void a_schedule_needs_somebody_who_gives_devices_tokens() {
    Optional<URI> issuer = Optional.of(URI.create(ISSUER));
    assertThatThrownBy(() -> KeycloakAccess.read(settings("", "", "", ""), issuer, true))
        .hasMessageStartingWith("ROTATION_CRON needs KEYCLOAK_BASE_URL");
    assertThat(KeycloakAccess.read(settings("http://k", "iot", "me", "x"), issuer, true))
        .isPresent();
  }

  @Test
  void the_address_ends_with_no_slash_and_the_secret_is_not_printed() {
    assertThat(read(ISSUER, "https://id.example.org/auth//", "iot", "me", "hidden").orElseThrow())
        .hasToString("KeycloakAccess[base=https://id.example.org/auth, realm=iot, clientId=me]");
  }

  @ParameterizedTest
  @CsvSource({
    "'',iot,me,x,KEYCLOAK_BASE_URL",
    "http://k,'',me,x,KEYCLOAK_REALM",
    "http://k,iot,'',x,KEYCLOAK_ADMIN_CLIENT_ID",
    "http://k,iot,me,'',KEYCLOAK_ADMIN_CLIENT_SECRET",
    "http://k,'','',x,'KEYCLOAK_REALM, KEYCLOAK_ADMIN_CLIENT_ID'",
  })
  void what_is_missing_is_named(
      String base, String realm, String client, String secret, String key) {
    assertThatThrownBy(() -> read(ISSUER, base, realm, client, secret))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            key
                + " must be set too: with Keycloak all of KEYCLOAK_BASE_URL, KEYCLOAK_REALM,"
                + " KEYCLOAK_ADMIN_CLIENT_ID, KEYCLOAK_ADMIN_CLIENT_SECRET are needed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"keycloak:8080", "ftp://k", "http://", "http://k?x", "http://u:p@k", "http://k k"})
  void an_address_that_is_none_is_refused(String base) {
    assertThatThrownBy(() -> read(ISSUER, base, "iot", "me", "x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "KEYCLOAK_BASE_URL must be the http or https address of Keycloak, with no underscore in"
                + " the name of the host");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://keycloak:8080/realms/iot",
        "http://keycloak:8080/realms/iot/",
        "https://login.example.org/auth/realms/iot",
      })
  void a_realm_may_be_reached_by_two_names(String issuer) {
    assertThat(read(issuer, "http://keycloak:8080", "iot", "me", "x")).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "http://keycloak:8080/realms/people, iot",
    "http://keycloak:8080/realms/iot/x, iot",
    "http://keycloak:8080/realms/iot2, iot",
    "http://keycloak:8080/, iot",
    "https://login.example.org, iot",
    "https://login.example.org/realms/iot, ../iot",
    "https://login.example.org/realms/a%20b, a b",
    "https://login.example.org/realms/iot?x, iot?x",
  })
  void another_realm_than_the_issuers_stops_the_start(String issuer, String realm) {
    assertThatThrownBy(() -> read(issuer, "http://keycloak:8080", realm, "me", "x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("KEYCLOAK_REALM must be the realm of OIDC_ISSUER_URL");
  }

  @Test
  void keycloak_without_the_issuer_of_its_tokens_stops_the_start() {
    List<Optional<String>> settings = settings("http://k", "iot", "me", "x");
    assertThatThrownBy(() -> KeycloakAccess.read(settings, Optional.empty(), false))
        .hasMessageStartingWith("OIDC_ISSUER_URL must be set beside KEYCLOAK_BASE_URL");
  }

  private static Optional<KeycloakAccess> read(String issuer, String... settings) {
    return KeycloakAccess.read(settings(settings), Optional.of(URI.create(issuer)), false);
  }

  private static List<Optional<String>> settings(String... values) {
    return Stream.of(values).map(set -> Optional.of(set).filter(text -> !text.isEmpty())).toList();
  }
}
