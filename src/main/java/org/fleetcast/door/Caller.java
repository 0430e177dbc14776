package org.fleetcast.door;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.JsonBody;
import org.fleetcast.problem.Problem;

/**
 * Who sends a body, and what it may take. All strangers are one caller: of theirs only forms with
 * credentials are read, which are small.
 */
record Caller(String name, int most, Duration deadline) {
  private static final String STRANGERS = "";
  private static final int MOST_OF_A_STRANGER = 16 * 1024;

  /** So many times more than allowed the server may read on, so that the answer is read. */
  private static final int READ_ON = 4;

  static Caller of(HttpServletRequest request) {
    return of(
        request.getUserPrincipal() == null ? STRANGERS : request.getUserPrincipal().getName());
  }

  static Caller of(String name) {
    return name.equals(STRANGERS)
        ? new Caller(name, MOST_OF_A_STRANGER, Duration.ofSeconds(3))
        : new Caller(name, JsonBody.MAX_BYTES, Duration.ofSeconds(10));
  }

  static boolean isStranger(String name) {
    return name.equals(STRANGERS);
  }

  /** Whether a body of that length, which nobody is to read, ends its connection. */
  boolean closes(long length) {
    return isStranger(name) || length / READ_ON > most;
  }

  /** Over a bound of those that are waited for; what other strangers send is not one's own. */
  Refusal refusal(Waiting.Answer answer) {
    return Refusal.of(isStranger(name) ? Waiting.Answer.TOO_MUCH_IN_ALL : answer);
  }

  Refusal tooLarge() {
    return isStranger(name)
        ? Refusal.tooLarge(
            Problem.of(Code.PAYLOAD_TOO_LARGE, "The request body is larger than 16 KiB"))
        : Refusal.tooLarge(JsonBody.tooLarge());
  }
}
