package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretBoxTest {
  private final SecretBox box = new SecretBox(Optional.of("a key of enough length"));

  @Test
  void opens_what_it_sealed() {
    assertThat(box.open(box.seal("gehéim", "client a"), "client a")).contains("gehéim");
  }

  @Test
  void seals_the_same_text_differently_each_time() {
    assertThat(box.seal("secret", "client a")).isNotEqualTo(box.seal("secret", "client a"));
  }

  @Test
  void refuses_another_purpose() {
    assertThat(box.open(box.seal("secret", "client a"), "client b")).isEmpty();
  }

  @Test
  void refuses_another_key() {
    SecretBox other = new SecretBox(Optional.of("another key of enough length"));
    assertThat(other.open(box.seal("secret", "client a"), "client a")).isEmpty();
  }

  @Test
  void opens_after_a_restart_with_the_same_key() {
    SecretBox again = new SecretBox(Optional.of("a key of enough length"));
    assertThat(again.open(box.seal("secret", "client a"), "client a")).contains("secret");
  }

  @Test
  void refuses_what_was_changed_or_is_no_seal_at_all() {
    String sealed = box.seal("secret", "client a");
    char flipped = sealed.charAt(10) == 'A' ? 'B' : 'A';
    String changed = sealed.substring(0, 10) + flipped + sealed.substring(11);
    assertThat(box.open(changed, "client a")).isEmpty();
    assertThat(box.open(sealed.substring(0, 12), "client a")).isEmpty();
    assertThat(box.open("v1.***", "client a")).isEmpty();
    assertThat(box.open("secret", "client a")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabcabc",
        "changemechangeme",
        "0123456789012345",
        "abcdefghijklmnopqrstuvwxyz",
        "fedcba9876543210",
        "11112222333344445555666677778888"
      })
  void a_key_that_is_easy_to_guess_stops_the_start_with_a_sentence_that_names_it(String key) {
    assertThatThrownBy(() -> new SecretBox(Optional.of(key)))
        .hasMessageStartingWith("SECRET_KEY is too easy to guess")
        .hasMessageNotContaining(key);
  }

  @Test
  void keys_of_generators_are_good() {
    // By a seed: about one hex key of this length in 80,000 counts by chance, and is refused.
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = new byte[16];
      random.nextBytes(bytes);
      assertThat(new SecretBox(Optional.of(Base64.getEncoder().encodeToString(bytes)))).isNotNull();
      assertThat(new SecretBox(Optional.of(HexFormat.of().formatHex(bytes)))).isNotNull();
    }
  }

  @Test
  void what_was_sealed_under_the_key_before_is_opened_and_sealed_anew() {
    String sealed = box.seal("secret", "client a");
    Optional<String> before = Optional.of("a key of enough length");
    SecretBox changed = new SecretBox(Optional.of("the next key, of length too"), before);
    SecretBox after = new SecretBox(Optional.of("the next key, of length too"));

    assertThat(changed.open(sealed, "client a")).contains("secret");
    assertThat(changed.resealed(sealed, "client b")).isEmpty();
    String anew = changed.resealed(sealed, "client a").orElseThrow();
    assertThat(after.open(anew, "client a")).contains("secret");
    assertThat(changed.resealed(anew, "client a")).isEmpty();
    assertThat(after.open(sealed, "client a")).isEmpty();
  }

  @Test
  void the_key_before_may_be_a_weak_one() {
    assertThat(new SecretBox(Optional.of("a key of enough length"), Optional.of("weak")))
        .isNotNull();
  }

  @Test
  void a_missing_or_short_key_stops_the_start_with_a_sentence_that_names_it() {
    assertThatThrownBy(() -> new SecretBox(Optional.empty())).hasMessageContaining("SECRET_KEY");
    assertThatThrownBy(() -> new SecretBox(Optional.of("fifteen letters")))
        .hasMessageContaining("SECRET_KEY");
  }
}
