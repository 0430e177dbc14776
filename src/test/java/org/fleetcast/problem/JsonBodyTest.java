package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.fleetcast.problem.Problem.InvalidField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBodyTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"a\":",
        "{\"a\":1} x",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":\"\u0001\"}",
        "{\"a\":1e99999999999}"
      })
  void what_is_no_json_is_refused_with_the_body_as_the_field(String body) {
    refusesTheBody(body, "is not valid JSON");
  }

  @Test
  void what_is_too_deep_or_has_too_many_digits_is_refused_too() {
    String deep = "[".repeat(10_000) + "]".repeat(10_000);
    refusesTheBody("{\"a\":" + deep + "}", "is not valid JSON");
    refusesTheBody("{\"a\":" + "[".repeat(500_000), "is not valid JSON");
    refusesTheBody("{\"a\":1" + "0".repeat(5_000) + "}", "is not valid JSON");
  }

  @Test
  void a_body_that_is_no_object_or_not_utf8_is_refused_with_the_body_as_the_field() {
    refusesTheBody("[]", "must be a JSON object");
    refuses(new byte[] {'{', (byte) 0xff, '}'}, "body", "is not UTF-8");
  }

  @Test
  void a_name_that_stands_twice_is_refused_by_name() {
    refuses("{\"a\":1,\"b\":{\"c\":1,\"c\":2}}", "c", "is there more than once");
    refuses("{\"a\":1,\"a\":1}", "a", "is there more than once");
    assertThat(read("{\"a\":{\"b\":1},\"b\":2}").integer("b")).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1.0", "1.5", "1e1", "1e400000000", "1e-400000000", "2147483648", "-2147483649"})
  void a_number_that_is_no_int_is_refused_without_writing_it_out(String number) {
    JsonBody body = read("{\"a\":" + number + "}");
    body.integer("a");
    assertThatThrownBy(body::end)
        .isInstanceOfSatisfying(
            Problem.class,
            problem ->
                assertThat(fields(problem))
                    .containsExactly(new InvalidField("a", "must be an integer")));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void an_int_is_taken(int number) {
    assertThat(read("{\"a\":" + number + "}").integer("a")).isEqualTo(number);
  }

  @Property(tries = 5_000, seed = "1")
  void whatever_comes_is_read_or_refused_with_a_field(@ForAll("nearJson") String text) {
    Throwable thrown =
        catchThrowable(
            () -> {
              JsonBody body = read(text);
              body.optionalInteger("a");
              body.end();
            });
    if (thrown != null) {
      assertThat(thrown)
          .isInstanceOfSatisfying(
              Problem.class,
              problem -> {
                assertThat(problem.code()).isEqualTo(ProblemCode.VALIDATION_FAILED);
                assertThat(fields(problem)).isNotEmpty();
              });
    }
  }

  @Property(tries = 5_000)
  @Tag("long")
  void whatever_comes_is_read_or_refused_with_a_field_with_any_seed(
      @ForAll("nearJson") String text) {
    whatever_comes_is_read_or_refused_with_a_field(text);
  }

  @Provide
  Arbitrary<String> nearJson() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "{",
            "}",
            "[",
            "]",
            "\"a\"",
            "\"b\"",
            ":",
            ",",
            "1",
            "-",
            "1e",
            "99999999999",
            ".",
            "null",
            "true",
            "\"",
            "\\",
            "\\u12",
            "\ud800",
            "\u0000",
            " ",
            "\u00e9",
            "{\"a\":");
    return pieces.list().ofMaxSize(14).map(parts -> String.join("", parts));
  }

  private static JsonBody read(String text) {
    return read(text.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonBody read(byte[] bytes) {
    return JsonBody.read(new ByteArrayInputStream(bytes));
  }

  private static void refusesTheBody(String body, String message) {
    refuses(body, "body", message);
  }

  private static void refuses(String body, String field, String message) {
    refuses(body.getBytes(StandardCharsets.UTF_8), field, message);
  }

  private static void refuses(byte[] body, String field, String message) {
    assertThatThrownBy(() -> read(body))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.code()).isEqualTo(ProblemCode.VALIDATION_FAILED);
              assertThat(fields(problem)).containsExactly(new InvalidField(field, message));
            });
  }

  private static List<Object> fields(Problem problem) {
    return List.copyOf((List<?>) problem.details().getOrDefault("fields", List.of()));
  }
}
