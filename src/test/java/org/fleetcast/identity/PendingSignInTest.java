package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PendingSignInTest {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00Z");

  private final SecretBox box = box("a secret key for this test");
  private final PendingSignIn begun = PendingSignIn.begin("/devices?open=7&x=1#top", NOW);

  @Test
  void a_browser_keeps_it_as_it_is() {
    assertThat(PendingSignIn.open(begun.seal(box), box, NOW.plusSeconds(599))).contains(begun);
  }

  @Test
  void after_ten_minutes_it_is_too_late() {
    assertThat(PendingSignIn.open(begun.seal(box), box, NOW.plusSeconds(600))).isEmpty();
  }

  @Test
  void what_we_did_not_seal_is_none() {
    String sealed = begun.seal(box);
    String changed = sealed.substring(0, sealed.length() - 2) + "AA";
    assertThat(PendingSignIn.open(changed, box, NOW)).isEmpty();
    assertThat(PendingSignIn.open(begun.seal(box("another secret key here")), box, NOW)).isEmpty();
    assertThat(PendingSignIn.open(box.seal("a\nb", "pending sign-in"), box, NOW)).isEmpty();
    assertThat(PendingSignIn.open(box.seal("of something else", "client x"), box, NOW)).isEmpty();
    assertThat(PendingSignIn.open("", box, NOW)).isEmpty();
  }

  @Test
  void every_sign_in_is_another() {
    PendingSignIn other = PendingSignIn.begin("/", NOW);
    assertThat(other.state()).isNotEqualTo(begun.state());
    assertThat(other.nonce()).isNotEqualTo(begun.nonce());
    assertThat(other.verifier()).isNotEqualTo(begun.verifier());
    assertThat(begun.seal(box)).doesNotContain(begun.state().getValue());
  }

  private static SecretBox box(String key) {
    return new SecretBox(Optional.of(key));
  }
}
