package org.fleetcast.door;

import java.time.Duration;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;

/**
 * Why a body is not waited for.
 *
 * @param reason as the label of the metric
 */
record Refusal(String reason, Problem problem) {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  /** Over a bound of those that are waited for. */
  static Refusal of(Waiting.Answer answer) {
    return answer == Waiting.Answer.TOO_MUCH_OF_ONE
        ? new Refusal(
            "bodies_of_one",
            Problem.of(
                    Code.TOO_MANY_CONNECTIONS, "Too many request bodies of yours are on their way")
                .retryAfter(RETRY_AFTER))
        : new Refusal(
            "bodies_in_all",
            Problem.of(Code.SERVICE_UNAVAILABLE, "Too many request bodies are on their way")
                .retryAfter(RETRY_AFTER));
  }

  static Refusal late(Duration deadline) {
    return new Refusal(
        "body_time",
        Problem.invalidBody("did not arrive within " + deadline.toSeconds() + " seconds"));
  }

  static Refusal tooLarge(Problem problem) {
    return new Refusal("body_size", problem);
  }
}
