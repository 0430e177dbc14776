package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ProblemTest {
  static IntStream statuses() {
    return IntStream.range(400, 600);
  }

  @ParameterizedTest
  @EnumSource
  void who_is_to_come_later_is_told_when_and_who_is_nobody_is_told_how(ProblemCode code) {
    Map<String, String> headers = ProblemBody.headers(Problem.of(code, "no"), "id");
    assertThat(headers).containsEntry("X-Request-ID", "id");
    assertThat(headers.get("Retry-After"))
        .isEqualTo(code.status() == 429 || code.status() == 503 ? "60" : null);
    assertThat(headers.get("WWW-Authenticate")).isEqualTo(code.status() == 401 ? "Bearer" : null);
    Problem known = Problem.of(code, "no").retryAfter(Duration.ofSeconds(2));
    assertThat(ProblemBody.headers(known, "id")).containsEntry("Retry-After", "2");
  }

  @Test
  void what_is_wrong_with_a_body_is_no_longer_than_the_body() {
    List<Problem.InvalidField> wrong =
        IntStream.range(0, 60_000)
            .mapToObj(i -> new Problem.InvalidField("f".repeat(1_000) + i, "is not a known field"))
            .toList();
    Problem problem = Problem.invalid(wrong);
    assertThat(problem).hasMessage("The request has 60000 invalid fields");
    assertThat(length(problem)).isLessThan(30_000);
    assertThat(length(Problem.invalid(wrong.subList(0, 1)))).isLessThan(1_000);
  }

  @ParameterizedTest
  @MethodSource("statuses")
  void whatever_the_container_refuses_as_invalid_names_a_field(int status) {
    Problem problem = ContainerProblems.ofStatus(status);
    assertThat(problem.code().status() / 100).isEqualTo(status / 100);
    if (problem.code() == ProblemCode.VALIDATION_FAILED) {
      assertThat(problem.details())
          .containsEntry("fields", List.of(new Problem.InvalidField("request", "is malformed")));
      assertThat(problem).hasMessage("The request is malformed");
    }
  }

  private static int length(Problem problem) {
    return ProblemBody.json(problem, "id").toString().length();
  }
}
