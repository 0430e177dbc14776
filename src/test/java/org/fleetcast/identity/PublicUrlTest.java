package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublicUrlTest {
  @Test
  void no_redirect_is_the_first_page() {
    assertThat(PublicUrl.localPath(null)).isEqualTo("/");
  }

  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/devices?id=1#top, /devices?id=1#top",
    "/a b, /a%20b",
    "/ä, /%C3%A4",
    "/100%, /100%",
    "/x?next=https%3A%2F%2Fa, /x?next=https%3A%2F%2Fa",
    "/a%20b?c=%C3%A4%25, /a%20b?c=%C3%A4%25",
  })
  void a_path_of_this_site_is_kept(String redirect, String location) {
    assertThat(PublicUrl.localPath(redirect)).isEqualTo(location);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "//evil",
        "/\\evil",
        "\\\\evil",
        "/a\\b",
        "http://evil",
        "HTTPS://evil",
        "javascript:x",
        " /x",
        "/\t/evil",
        "/a\nb",
        "/a\r\nSet-Cookie: b=c",
        "/a\u0000",
        "/%5Cx",
        "/a%0d%0aSet-Cookie:%20b=c",
        "/a%00",
        "/a%7F",
        "/a%C2%85",
        "/%2fx",
        "/%2f%2fx",
        "/%2F/x",
        "/%09/evil",
        "/a%250a",
        "/%255cx",
        "/%25252fx",
        "/\u0085"
      })
  void anything_else_is_refused(String redirect) {
    assertThatThrownBy(() -> PublicUrl.localPath(redirect))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.VALIDATION_FAILED));
  }

  @Property
  void whatever_passes_is_a_path_that_a_browser_keeps_on_this_site(
      @ForAll @StringLength(max = 12) String tail) {
    String location;
    try {
      location = PublicUrl.localPath("/" + tail);
    } catch (Problem refused) {
      return;
    }
    assertThat(location).startsWith("/").doesNotStartWith("//").matches("[\\x21-\\x7e]+");
    assertThat(location).doesNotContain("\\");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "localhost:9080", "ftp://x", "http://", "http://x?y", "http://a b"})
  void a_bad_base_stops_the_start_with_a_sentence_that_names_it(String base) {
    assertThatThrownBy(() -> new PublicUrl(base)).hasMessageContaining("BASEURL");
  }

  @Test
  void the_base_loses_its_last_slash_and_tells_whether_it_is_secure() {
    PublicUrl site = new PublicUrl("https://fleet.example/");
    assertThat(site.base()).isEqualTo(URI.create("https://fleet.example"));
    assertThat(site.secure()).isTrue();
    assertThat(new PublicUrl("http://localhost:9080").secure()).isFalse();
  }
}
