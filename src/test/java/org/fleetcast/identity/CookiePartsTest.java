package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CookiePartsTest {
  @ParameterizedTest
  @ValueSource(ints = {1, CookieParts.LONGEST, CookieParts.LONGEST + 1, 17_000})
  void a_value_of_any_length_comes_back_as_it_was(int length) {
    String value = "v1." + "x".repeat(length - 1) + "y";
    Map<String, String> kept = kept(value);
    assertThat(kept.values()).allMatch(part -> part.length() <= CookieParts.LONGEST + 2);
    assertThat(CookieParts.join("a", kept.getOrDefault("a", ""), kept::get)).contains(value);
  }

  @Test
  void what_is_left_of_a_longer_value_does_no_harm() {
    Map<String, String> kept = kept("x".repeat(3 * CookieParts.LONGEST));
    kept.putAll(kept("y".repeat(2 * CookieParts.LONGEST)));
    assertThat(CookieParts.join("a", kept.getOrDefault("a", ""), kept::get))
        .contains("y".repeat(2 * CookieParts.LONGEST));
  }

  @Test
  void without_one_of_its_parts_it_is_none() {
    Map<String, String> kept = kept("x".repeat(3 * CookieParts.LONGEST));
    kept.remove("a.1");
    assertThat(CookieParts.join("a", kept.getOrDefault("a", ""), kept::get)).isEmpty();
  }

  private static Map<String, String> kept(String value) {
    Map<String, String> kept = new HashMap<>();
    List<String> parts = CookieParts.split(value);
    for (int i = 0; i < parts.size(); i++) {
      kept.put(CookieParts.name("a", i), parts.get(i));
    }
    return kept;
  }
}
