package org.fleetcast.door;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import org.fleetcast.problem.JsonBody;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/**
 * Who sends a body, and what it may take: so many at a time, so large each, so long. All strangers
 * are one caller: of theirs only forms with credentials are read, which are small.
 */
record BodySender(String name, int places, int most, Duration deadline) {
  private static final String STRANGERS = "";
  private static final int PLACES = 48;
  private static final int PLACES_OF_STRANGERS = 24;
  private static final int MOST_OF_A_STRANGER = 16 * 1024;

  /** So many times more than allowed the server may read on, so that the answer is read. */
  private static final int READ_ON = 4;

  static BodySender of(HttpServletRequest request) {
    return of(
        request.getUserPrincipal() == null ? STRANGERS : request.getUserPrincipal().getName());
  }

  static BodySender of(String name) {
    return name.equals(STRANGERS)
        ? new BodySender(name, PLACES_OF_STRANGERS, MOST_OF_A_STRANGER, Duration.ofSeconds(3))
        : new BodySender(name, PLACES, JsonBody.MAX_BYTES, Duration.ofSeconds(10));
  }

  private boolean isStranger() {
    return name.equals(STRANGERS);
  }

  /** Whether a body of that length, which nobody is to read, ends its connection. */
  boolean closes(long length) {
    return isStranger() || length / READ_ON > most;
  }

  /** Over a bound of those that are waited for; what other strangers send is not one's own. */
  BodyRefusal refusal(PendingBodies.Answer answer) {
    return BodyRefusal.of(isStranger() ? PendingBodies.Answer.TOO_MUCH_IN_ALL : answer);
  }

  BodyRefusal tooLarge() {
    return isStranger()
        ? BodyRefusal.tooLarge(
            Problem.of(ProblemCode.PAYLOAD_TOO_LARGE, "The request body is larger than 16 KiB"))
        : BodyRefusal.tooLarge(JsonBody.tooLarge());
  }
}
