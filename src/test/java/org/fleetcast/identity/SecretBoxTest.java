package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

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

  @Test
  void a_missing_or_short_key_stops_the_start_with_a_sentence_that_names_it() {
    assertThatThrownBy(() -> new SecretBox(Optional.empty())).hasMessageContaining("SECRET_KEY");
    assertThatThrownBy(() -> new SecretBox(Optional.of("fifteen letters")))
        .hasMessageContaining("SECRET_KEY");
  }
}
