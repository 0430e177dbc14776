package org.fleetcast.identity.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClientLoginTest {
  private static final String GRANT = "grant_type=client_credentials";

  @Test
  void reads_the_form() {
    ClientLogin login =
        ClientLogin.read(GRANT + "&client_id=a%2Bb&client_secret=c+d&scope=x", null);
    assertThat(login).isEqualTo(new ClientLogin("a+b", "c d"));
  }

  @Test
  void reads_the_header() {
    assertThat(ClientLogin.read(GRANT, basic("a%3Ab:c:d")))
        .isEqualTo(new ClientLogin("a:b", "c:d"));
    assertThat(ClientLogin.read(GRANT + "&client_id=a", basic("a:b")))
        .isEqualTo(new ClientLogin("a", "b"));
  }

  @Test
  void refuses_in_the_words_of_the_rfc() {
    assertRefused("", null, "invalid_request", 400);
    assertRefused("grant_type=password", null, "unsupported_grant_type", 400);
    assertRefused(GRANT, null, "invalid_client", 401);
    assertRefused(GRANT + "&client_id=a", null, "invalid_client", 401);
    assertRefused(GRANT + "&client_id=a&client_secret=", null, "invalid_client", 401);
    assertRefused(GRANT, "Basic ***", "invalid_client", 401);
    assertRefused(GRANT, basic("nocolon"), "invalid_client", 401);
    assertRefused(GRANT + "&" + GRANT, null, "invalid_request", 400);
    assertRefused(GRANT + "&client_id=%zz", null, "invalid_request", 400);
    assertRefused(GRANT + "&client_id=a&client_secret=b", basic("a:b"), "invalid_request", 400);
    assertRefused(GRANT + "&client_id=other", basic("a:b"), "invalid_request", 400);
  }

  @Test
  void never_prints_the_secret() {
    assertThat(new ClientLogin("a", "hidden").toString()).doesNotContain("hidden");
  }

  private static void assertRefused(
      String form, @Nullable String header, String error, int status) {
    assertThatThrownBy(() -> ClientLogin.read(form, header))
        .isInstanceOfSatisfying(
            ClientLogin.Refused.class,
            refused -> {
              assertThat(refused.error()).isEqualTo(error);
              assertThat(refused.status()).isEqualTo(status);
            });
  }

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }
}
