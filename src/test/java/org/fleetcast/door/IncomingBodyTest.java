package org.fleetcast.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.fleetcast.Stub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IncomingBodyTest {
  private static final String NAME = "somebody";

  private final Waiting waiting = new Waiting(caller -> 1, 10, 400);
  private @Nullable AsyncListener ending;
  private @Nullable ReadListener reading;
  private @Nullable Object whole;
  private boolean broken;

  @Test
  void whatArrivesAfterTheEndIsNotHeld() throws IOException {
    await();
    Objects.requireNonNull(ending).onComplete(new AsyncEvent(Stub.of(AsyncContext.class)));
    Objects.requireNonNull(reading).onDataAvailable();
    assertThat(waiting.bodies()).isZero();
    assertThatAllIsFree();
  }

  @Test
  void aWholeBodyCountsUntilItHasBeenWorkedOnAndIsReleasedOnce() throws IOException {
    await();
    Objects.requireNonNull(reading).onDataAvailable();
    Objects.requireNonNull(reading).onAllDataRead();
    WholeBody body = (WholeBody) Objects.requireNonNull(whole);
    assertThat(body.bytes()).hasSize(50);
    assertThat(waiting.hold(NAME, 51)).isEqualTo(Waiting.Answer.TOO_MUCH_OF_ONE);
    body.release().run();
    body.release().run();
    Objects.requireNonNull(ending).onComplete(new AsyncEvent(Stub.of(AsyncContext.class)));
    assertThat(waiting.bodies()).isZero();
    assertThatAllIsFree();
  }

  @Test
  void aBodyThatCannotBeWaitedForLosesNoPlace() {
    broken = true;
    assertThatThrownBy(this::await).isInstanceOf(IllegalStateException.class);
    assertThat(waiting.bodies()).isZero();
  }

  private void assertThatAllIsFree() {
    assertThat(waiting.admit(NAME)).isEqualTo(Waiting.Answer.ADMITTED);
    assertThat(waiting.hold(NAME, 100)).isEqualTo(Waiting.Answer.ADMITTED);
  }

  private void await() {
    assertThat(waiting.admit(NAME)).isEqualTo(Waiting.Answer.ADMITTED);
    HttpServletRequest request =
        Stub.of(HttpServletRequest.class, Map.of("setAttribute", arguments -> keep(arguments[1])));
    AsyncContext async =
        Stub.of(
            AsyncContext.class,
            Map.of(
                "getRequest",
                arguments -> request,
                "addListener",
                arguments -> {
                  ending = (AsyncListener) arguments[0];
                  return null;
                }));
    IncomingBody.await(async, new Bytes(50), waiting, Caller.of(NAME), reason -> {});
  }

  private @Nullable Object keep(@Nullable Object value) {
    whole = value;
    return null;
  }

  private final class Bytes extends ServletInputStream {
    private int left;

    Bytes(int left) {
      this.left = left;
    }

    @Override
    public int read() {
      return left-- > 0 ? 'x' : -1;
    }

    @Override
    public boolean isFinished() {
      return left <= 0;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
      if (broken) {
        throw new IllegalStateException("injected");
      }
      reading = listener;
    }
  }
}
