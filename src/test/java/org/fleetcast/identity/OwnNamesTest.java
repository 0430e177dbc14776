package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnNamesTest {
  private final OwnNames names =
      OwnNames.of(
          Stream.of(URI.create("http://Fleet.example.org"), URI.create("http://d.example:80")));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fleet.example.org",
        "FLEET.example.org:9080",
        "d.example",
        "localhost",
        "LOCALHOST:9080",
        "a.localhost",
        "127.0.0.1",
        "192.0.2.7:80",
        "[::1]:9080",
        "[::1]",
        "fleetcast:9080"
      })
  void a_name_that_no_stranger_can_have_is_one(String host) {
    assertThat(names.include(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:9080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "fleet.example.org.evil.example",
        "localhost@evil.example",
        "evil.example/localhost",
        "fleet.example.org, evil.example",
        "localhost evil.example",
        "evil.example.",
        "localhost.",
        "[evil.example]",
        "1.2.3.4.5",
        "",
        " "
      })
  void a_name_that_a_stranger_can_make_lead_here_is_none(String host) {
    assertThat(names.include(host)).isFalse();
  }

  @Test
  void without_a_name_it_is_no_browser() {
    assertThat(names.include(null)).isTrue();
  }
}
