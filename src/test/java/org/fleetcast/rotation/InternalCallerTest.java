package org.fleetcast.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class InternalCallerTest {
  private static final String HERE = "127.0.0.1";
  private static final String ELSEWHERE = "10.1.2.3";
  private static final String OUTSIDE = "https://fleetcast.example.org";
  private static final List<String> PLAIN = List.of("Host", "User-Agent");

  private final InternalCaller withToken = caller("s3cret/+=", OUTSIDE);
  private final InternalCaller without = caller("", "http://localhost:9080");

  @ParameterizedTest
  @ValueSource(
      strings = {"Bearer s3cret/+=", "bearer s3cret/+=", "BEARER s3cret/+=", "Bearer   s3cret/+= "})
  void the_bearer_of_the_token_is_answered_wherever_he_is(String authorization) {
    assertThat(withToken.allows(authorization, ELSEWHERE, PLAIN)).isTrue();
    assertThat(withToken.allows(authorization, ELSEWHERE, List.of("X-Forwarded-For"))).isTrue();
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Bearer ",
        "Bearer s3cret/+",
        "Bearer s3cret/+=x",
        "Bearer S3CRET/+=",
        "Bearers3cret/+=",
        "Bearer\ts3cret/+=",
        " Bearer s3cret/+=",
        "Bearer Bearer s3cret/+=",
        "Basic s3cret/+=",
        "s3cret/+="
      })
  void whoever_brings_another_is_not_even_from_here(@Nullable String authorization) {
    assertThat(withToken.allows(authorization, HERE, PLAIN)).isFalse();
  }

  @Test
  void a_token_may_have_been_written_with_a_line_break_at_its_end() {
    InternalCaller caller = caller("s3cret\n", OUTSIDE);
    assertThat(caller.allows("Bearer s3cret", ELSEWHERE, PLAIN)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.255.255.254",
        "127.1.2.3",
        "::1",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1",
        "::FFFF:127.9.9.9",
        "0:0:0:0:0:ffff:7f00:1"
      })
  void without_a_token_callers_of_this_machine_are_answered(String address) {
    assertThat(without.allows(null, address, PLAIN)).isTrue();
    assertThat(without.allows("Bearer whatever", address, PLAIN)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.1.2.3",
        "126.255.255.255",
        "128.0.0.1",
        "0.0.0.0",
        "::",
        "::2",
        "::ffff:10.0.0.1",
        "fe80::1",
        "2001:db8::7f00:1",
        "127.evil.example",
        "127.0.0.1.evil.example",
        "localhost",
        "::1::1",
        "127",
        ""
      })
  void without_a_token_nobody_else_is_answered(String address) {
    assertThat(without.allows(null, address, PLAIN)).isFalse();
    assertThat(without.allows("Bearer ", address, PLAIN)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Forwarded",
        "forwarded",
        "X-Forwarded-For",
        "x-forwarded-proto",
        "X-FORWARDED-HOST"
      })
  void without_a_token_whom_a_proxy_speaks_for_is_not_answered(String header) {
    assertThat(without.allows(null, HERE, List.of("Host", header))).isFalse();
  }

  @Test
  void headers_that_only_look_alike_are_no_proxys() {
    assertThat(without.allows(null, HERE, List.of("X-Forwarded", "Forwarded-For"))).isTrue();
  }

  @Test
  void an_empty_token_is_none() {
    InternalCaller caller = caller(" ", "http://localhost:9080");
    assertThat(caller.allows(null, HERE, PLAIN)).isTrue();
    assertThat(caller.allows("Bearer ", ELSEWHERE, PLAIN)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost:9080",
        "http://LOCALHOST/",
        "http://fleetcast.localhost",
        "https://127.0.0.1:9443/",
        "http://[::1]:9080"
      })
  void without_a_token_an_address_of_this_machine_alone_is_enough(String baseUrl) {
    assertThat(caller("", baseUrl).allows(null, HERE, PLAIN)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        OUTSIDE,
        "http://10.1.2.3:9080",
        "http://localhost.example.org",
        "http://fleetcast",
        "http://[2001:db8::1]/",
        "http://127.0.0.1.example.org",
        "no address"
      })
  void without_a_token_and_reached_by_others_it_answers_nobody(String baseUrl) {
    assertThat(caller("", baseUrl).allows(null, HERE, PLAIN)).isFalse();
    assertThat(caller("", baseUrl).allows("Bearer ", HERE, PLAIN)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Origin", "origin", "Sec-Fetch-Site", "sec-fetch-site"})
  void a_browser_is_never_answered(String header) {
    List<String> headers = List.of("Host", header);
    assertThat(without.allows(null, HERE, headers)).isFalse();
    assertThat(withToken.allows("Bearer s3cret/+=", HERE, headers)).isFalse();
  }

  private static InternalCaller caller(String token, String baseUrl) {
    return new InternalCaller(Optional.of(token), baseUrl);
  }
}
