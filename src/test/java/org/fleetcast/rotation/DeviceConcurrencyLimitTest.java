package org.fleetcast.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.Test;

class DeviceConcurrencyLimitTest {
  private final DeviceConcurrencyLimit requests = new DeviceConcurrencyLimit();

  @Test
  void a_device_has_a_few_requests_at_once_and_the_others_have_their_own() {
    assertThat(nested("a", DeviceConcurrencyLimit.MOST)).isEqualTo(DeviceConcurrencyLimit.MOST);
    assertThatThrownBy(() -> nested("a", DeviceConcurrencyLimit.MOST + 1))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.code()).isEqualTo(ProblemCode.TOO_MANY_CONNECTIONS);
              assertThat(problem.retryAfter()).isPresent();
            });
    String other = requests.call("a", () -> requests.call("b", () -> "b"));
    assertThat(other).isEqualTo("b");
  }

  @Test
  void nothing_is_left_of_requests_that_are_over() {
    for (int device = 0; device < 1_000; device++) {
      String clientId = "iotdevice-x-" + device;
      assertThat(nested(clientId, 2)).isEqualTo(2);
      assertThatThrownBy(() -> nested(clientId, DeviceConcurrencyLimit.MOST + 1))
          .isInstanceOf(Problem.class);
    }
    assertThat(requests.clients()).isZero();
  }

  private int nested(String clientId, int depth) {
    return depth == 0 ? 0 : requests.call(clientId, () -> 1 + nested(clientId, depth - 1));
  }
}
