package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.fleetcast.problem.Setting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest {
  @Test
  void seconds_are_a_whole_number_in_their_range() {
    assertThat(Setting.seconds("KEY", "1", Duration.ofDays(1))).isEqualTo(Duration.ofSeconds(1));
    assertThat(Setting.seconds("KEY", "86400", Duration.ofDays(1))).isEqualTo(Duration.ofDays(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "1.5", "x", "86401", "99999999999999999999"})
  void anything_else_is_a_sentence_that_names_the_key(String value) {
    assertThatThrownBy(() -> Setting.seconds("KEY", value, Duration.ofDays(1)))
        .hasMessageContaining("KEY");
  }

  @Test
  void a_provider_needs_an_address_and_a_client_id_or_an_audience() {
    Optional<String> url = Optional.of("https://id.example/realms/fleet");
    Optional<String> none = Optional.empty();
    assertThat(settings(none, none, none).issuer()).isEmpty();
    assertThat(settings(url, Optional.of("fleet"), none).issuer()).isPresent();
    assertThat(settings(url, none, Optional.of("api")).issuer()).isPresent();
    assertThatThrownBy(() -> settings(url, none, none)).hasMessageContaining("OIDC_CLIENT_ID");
    assertThatThrownBy(() -> settings(Optional.of("id.example"), Optional.of("fleet"), none))
        .hasMessageContaining("OIDC_ISSUER_URL");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a=b", "ä", "refresh_token", "id_token"})
  void a_bad_cookie_name_is_a_sentence_that_names_the_key(String name) {
    PublicUrl site = new PublicUrl("http://localhost:9080");
    OpenIdSettings settings = settings(Optional.empty(), Optional.empty(), Optional.empty());
    SecretBox box = new SecretBox(Optional.of("a secret key of a test"));
    assertThatThrownBy(() -> new TokenCookies(name, settings, box, site))
        .hasMessageContaining("OIDC_COOKIE_NAME");
  }

  private static OpenIdSettings settings(
      Optional<String> issuerUrl, Optional<String> clientId, Optional<String> audience) {
    return new OpenIdSettings(
        issuerUrl, clientId, Optional.empty(), audience, "openid", Optional.empty(), "30");
  }
}
