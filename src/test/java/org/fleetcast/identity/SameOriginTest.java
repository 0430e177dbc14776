package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SameOriginTest {
  private static final URI BASE = URI.create("https://fleet.example");

  @Test
  void with_neither_header_it_is_no_browser_and_passes() {
    assertThat(allows(null, null, "10.0.0.1:9080")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "https://fleet.example, 10.0.0.1:9080",
    "https://FLEET.example:443, 10.0.0.1:9080",
    "http://10.0.0.1:9080, 10.0.0.1:9080",
    "http://intern, intern:80",
    "http://intern:80, intern",
    "http://intern:8443, intern",
    "http://[::1]:9080, [::1]:9080",
    "http://[::1]:9080, [::1]",
  })
  void the_origin_of_the_site_or_of_the_request_passes(String origin, String host) {
    assertThat(allows(origin, null, host)).isTrue();
    assertThat(allows(origin, "same-origin", host)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "http://fleet.example, 10.0.0.1:9080",
    "https://fleet.example:8443, 10.0.0.1:9080",
    "https://fleet.example.evil, 10.0.0.1:9080",
    "https://10.0.0.1:9080, 10.0.0.1:9080",
    "http://10.0.0.1:9081, 10.0.0.1:9080",
    "http://10.0.0.1, 10.0.0.1:9080",
    "http://evil, intern",
    "https://intern, intern",
    "http://evil@intern, intern",
    "http://intern/x, intern",
    "null, intern",
    "'', intern",
    "http://a http://b, a",
  })
  void another_origin_is_refused(String origin, String host) {
    assertThat(allows(origin, null, host)).isFalse();
    assertThat(allows(origin, "same-origin", host)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cross-site", "same-site", "", "Same-Origin", "x"})
  void the_browsers_own_word_of_another_site_is_refused_whatever_the_origin(String fetchSite) {
    assertThat(allows(null, fetchSite, "intern")).isFalse();
    assertThat(allows("https://fleet.example", fetchSite, "intern")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"same-origin", "none"})
  void the_browsers_own_word_of_this_site_passes(String fetchSite) {
    assertThat(allows(null, fetchSite, "intern")).isTrue();
  }

  @Test
  void without_a_host_only_the_base_counts() {
    assertThat(allows("http://intern", null, null)).isFalse();
    assertThat(allows("https://fleet.example", null, null)).isTrue();
  }

  @Property
  void a_port_is_compared_exactly_where_the_host_carries_one(
      @ForAll @AlphaChars @StringLength(min = 1, max = 8) String host,
      @ForAll @IntRange(min = 1, max = 65535) int port,
      @ForAll @IntRange(min = 1, max = 65535) int other) {
    String origin = "http://" + host + ":" + port;
    assertThat(allows(origin, null, host + ":" + other)).isEqualTo(port == other);
    assertThat(allows(origin, null, host)).isTrue();
  }

  @Property
  void another_host_never_passes(
      @ForAll @AlphaChars @StringLength(min = 1, max = 8) String host,
      @ForAll @AlphaChars @StringLength(min = 1, max = 8) String other) {
    boolean same = host.equalsIgnoreCase(other);
    assertThat(allows("http://" + other, null, host)).isEqualTo(same);
  }

  private static boolean allows(
      @Nullable String origin, @Nullable String fetchSite, @Nullable String host) {
    return SameOrigin.allows(origin, fetchSite, BASE, "http", host);
  }
}
