package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.fleetcast.problem.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignInAnswersTest {
  private static final Problem REFUSED = Problem.invalid("user", "must be <somebody>");

  @Test
  void a_page_that_says_why_a_sign_in_failed_says_first_what_every_page_has_to_say() {
    assertThat(new SignInAnswers(Optional.of("Beware & mind.")).failure(REFUSED, "id-1"))
        .contains(
            "<body><p role=\"alert\">Beware &amp; mind.</p><main><h1>Fleetcast</h1>"
                + "<p role=\"alert\">user: must be &lt;somebody&gt;.</p>",
            "<small>Request id-1</small>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/html",
        "Text/HTML, */*",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/json;q=0.5, text/*",
      })
  void a_page_is_for_whom_it_is_better_than_json(String accept) {
    assertThat(SignInPage.isPreferred(accept)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*/*",
        "application/json",
        "application/json, text/html;q=0",
        "application/json, text/html;q=0.9",
        "application/json, text/html",
        "text/html;q=0",
        "text/html;q=0.0, */*",
        "x-text/html",
      })
  void others_get_json(String accept) {
    assertThat(SignInPage.isPreferred(accept)).isFalse();
  }

  @Test
  void without_such_a_sentence_it_says_why_alone() {
    assertThat(new SignInAnswers(Optional.empty()).failure(REFUSED, "id-1"))
        .contains("<body><main><h1>Fleetcast</h1><p role=\"alert\">user:");
  }
}
