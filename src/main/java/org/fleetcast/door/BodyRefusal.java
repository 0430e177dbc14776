package org.fleetcast.door;

import java.time.Duration;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/**
 * Why a body is not waited for.
 *
 * @param reason as the label of the metric
 */
record BodyRefusal(String reason, Problem problem) {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  /** Over a bound of those that are waited for. */
  static BodyRefusal of(PendingBodies.Answer answer) {
    return answer == PendingBodies.Answer.TOO_MUCH_OF_ONE
        ? new BodyRefusal(
            "bodies_of_one",
            Problem.of(
                    ProblemCode.TOO_MANY_CONNECTIONS,
                    "Too many request bodies of yours are on their way")
                .retryAfter(RETRY_AFTER))
        : new BodyRefusal(
            "bodies_in_all",
            Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "Too many request bodies are on their way")
                .retryAfter(RETRY_AFTER));
  }

  static BodyRefusal late(Duration deadline) {
    return new BodyRefusal(
        "body_time",
        Problem.invalidBody("did not arrive within " + deadline.toSeconds() + " seconds"));
  }

  static BodyRefusal broken() {
    return new BodyRefusal(
        "body_form", Problem.invalidBody("is broken off, or its chunks are none"));
  }

  static BodyRefusal otherwiseEncoded() {
    return new BodyRefusal(
        "body_encoding", Problem.invalidBody("is not encoded as its Content-Encoding says"));
  }

  /** The server tells each failure to decode to its own logs: strangers are not to cause it. */
  static BodyRefusal encodedForm() {
    return new BodyRefusal(
        "body_encoding",
        Problem.of(ProblemCode.UNSUPPORTED_MEDIA_TYPE, "A form must have no Content-Encoding"));
  }

  static BodyRefusal tooLarge(Problem problem) {
    return new BodyRefusal("body_size", problem);
  }
}
