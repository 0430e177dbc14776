package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class SecretBoxTest {
  private final SecretBox box = new SecretBox(Optional.of("a key of enough length"));

  @Test
  void opensWhatItSealed() {
    assertThat(box.open(box.seal("gehéim", "client a"), "client a")).contains("gehéim");
  }

  @Test
  void sealsTheSameTextDifferentlyEachTime() {
    assertThat(box.seal("secret", "client a")).isNotEqualTo(box.seal("secret", "client a"));
  }

  @Test
  void refusesAnotherPurpose() {
    assertThat(box.open(box.seal("secret", "client a"), "client b")).isEmpty();
  }

  @Test
  void refusesAnotherKey() {
    SecretBox other = new SecretBox(Optional.of("another key of enough length"));
    assertThat(other.open(box.seal("secret", "client a"), "client a")).isEmpty();
  }

  @Test
  void opensAfterARestartWithTheSameKey() {
    SecretBox again = new SecretBox(Optional.of("a key of enough length"));
    assertThat(again.open(box.seal("secret", "client a"), "client a")).contains("secret");
  }

  @Test
  void refusesWhatWasChangedOrIsNoSealAtAll() {
    String sealed = box.seal("secret", "client a");
    char flipped = sealed.charAt(10) == 'A' ? 'B' : 'A';
    String changed = sealed.substring(0, 10) + flipped + sealed.substring(11);
    assertThat(box.open(changed, "client a")).isEmpty();
    assertThat(box.open(sealed.substring(0, 12), "client a")).isEmpty();
    assertThat(box.open("v1.***", "client a")).isEmpty();
    assertThat(box.open("secret", "client a")).isEmpty();
  }

  @Test
  void aMissingOrShortKeyStopsTheStartWithASentenceThatNamesIt() {
    assertThatThrownBy(() -> new SecretBox(Optional.empty())).hasMessageContaining("SECRET_KEY");
    assertThatThrownBy(() -> new SecretBox(Optional.of("fifteen letters")))
        .hasMessageContaining("SECRET_KEY");
  }
}
