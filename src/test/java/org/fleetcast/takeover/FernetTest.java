package org.fleetcast.takeover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.junit.jupiter.api.Test;

class FernetTest {
  /** The example that is published with the format. */
  private static final String KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

  private static final String TOKEN =
      "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

  private final Fernet fernet = new Fernet(Base64.getUrlDecoder().decode(KEY));

  @Test
  void the_published_example_is_opened() {
    assertThat(fernet.open(TOKEN)).contains("hello");
  }

  @Test
  void a_token_of_which_one_bit_is_another_is_not_opened() {
    byte[] token = Base64.getUrlDecoder().decode(TOKEN);
    for (int bit = 0; bit < token.length * 8; bit++) {
      byte[] changed = token.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(fernet.open(Base64.getUrlEncoder().encodeToString(changed))).isEmpty();
    }
  }

  @Test
  void what_is_no_token_or_of_another_key_is_not_opened() {
    assertThat(fernet.open("")).isEmpty();
    assertThat(fernet.open("plain text")).isEmpty();
    assertThat(fernet.open(TOKEN.substring(0, 40))).isEmpty();
    assertThat(Fernet.of("another").open(TOKEN)).isEmpty();
  }
}
