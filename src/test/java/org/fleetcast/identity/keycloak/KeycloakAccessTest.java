package org.fleetcast.identity.keycloak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeycloakAccessTest {
  @Test
  void where_nothing_is_set_there_is_no_keycloak() {
    assertThat(read("", "", "", "")).isEmpty();
  }

  @Test
  void addresses_are_below_the_base_whatever_slashes_it_ends_with() {
    KeycloakAccess access = read("https://id.example.org/auth//", "iot", "me", "x").orElseThrow();

    assertThat(access.tokenUrl())
        .hasToString("https://id.example.org/auth/realms/iot/protocol/openid-connect/token");
    assertThat(access.consoleUrl("u-1"))
        .isEqualTo("https://id.example.org/auth/admin/master/console/#/iot/clients/u-1/settings");
  }

  @Test
  void the_secret_is_not_printed() {
    assertThat(read("https://id.example.org", "iot", "me", "hidden").orElseThrow().toString())
        .contains("iot", "me")
        .doesNotContain("hidden");
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
    assertThatThrownBy(() -> read(base, realm, client, secret))
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
    assertThatThrownBy(() -> read(base, "iot", "me", "x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "KEYCLOAK_BASE_URL must be the http or https address of Keycloak, with no underscore in"
                + " the name of the host");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "../master", "a b", "a?b"})
  void a_realm_that_would_be_another_path_is_refused(String realm) {
    assertThatThrownBy(() -> read("http://k", realm, "me", "x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("KEYCLOAK_REALM ");
  }

  private static Optional<KeycloakAccess> read(
      String base, String realm, String client, String secret) {
    return KeycloakAccess.read(set(base), set(realm), set(client), set(secret));
  }

  private static Optional<String> set(String value) {
    return Optional.of(value).filter(text -> !text.isEmpty());
  }
}
