package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DeviceKeysTest {
  private final SecureRandom random = new SecureRandom();

  @Test
  void a_key_is_eight_characters_that_can_be_read_aloud() {
    assertThat(keys(1_000)).allMatch(key -> key.matches("[a-z2-7]{8}"));
  }

  @Test
  void every_character_of_the_alphabet_is_used() {
    assertThat(keys(1_000).flatMapToInt(String::chars).boxed().collect(Collectors.toSet()))
        .hasSize(32);
  }

  @Test
  void keys_do_not_repeat() {
    assertThat(keys(1_000).distinct()).hasSize(1_000);
  }

  private Stream<String> keys(int count) {
    return IntStream.range(0, count).mapToObj(i -> DeviceKeys.next(random));
  }
}
