package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import org.fleetcast.time.ManualClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BoundedLogTest {
  private final List<String> errors = new ArrayList<>();
  private final List<String> debug = new ArrayList<>();
  private final ManualClock clock = new ManualClock();
  private final BoundedLog log = new BoundedLog(new Remembering(), clock);

  @Test
  void a_few_lines_are_written_and_the_others_counted() {
    for (int i = 0; i < 1_000; i++) {
      log.log(Level.ERROR, "fault", null);
    }
    assertThat(errors).hasSize(BoundedLog.MOST).containsOnly("fault");
    assertThat(debug).hasSize(1_000 - BoundedLog.MOST);

    clock.passes(Duration.ofMinutes(1));
    log.log(Level.ERROR, "another", null);
    assertThat(errors.subList(BoundedLog.MOST, errors.size()))
        .containsExactly(
            "More lines of this kind were suppressed count=" + (1_000 - BoundedLog.MOST),
            "another");
  }

  @Test
  void what_is_rare_is_always_written() {
    for (int i = 0; i < 100; i++) {
      log.log(Level.ERROR, "fault", new IllegalStateException("cause"));
      clock.passes(Duration.ofSeconds(20));
    }
    assertThat(errors).hasSize(100);
  }

  private final class Remembering implements Logger {
    @Override
    public String getName() {
      return "test";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      (level == Level.DEBUG ? debug : errors).add(String.valueOf(message));
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object... parameters) {
      log(level, bundle, format, (Throwable) null);
    }
  }
}
