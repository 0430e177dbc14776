package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.fleetcast.stack.Browser;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long an operator waits for what the console shows. */
@Tag("long")
class ConsoleSpeedIT {
  private static final int LINES_A_SECOND = 2_000;
  private static final Duration FLOOD = Duration.ofSeconds(20);
  private static final int MOST_LONG_TASKS = 6;
  private static final Duration TO_THE_ERROR = Duration.ofSeconds(10);

  /** Messages a second. */
  private static final int BEATS = 20;

  @AutoClose private static final Browser BROWSER = Console.browser();
  @AutoClose private final Console console = Console.in(BROWSER);
  private final Page page = console.page();
  private final Sensor device = Sensor.registered();

  @Test
  void a_flood_of_lines_keeps_the_page_quick() {
    console.signIn().open(device);
    page.evaluate(
        "() => { window.long = [];"
            + " new PerformanceObserver(list => window.long.push("
            + "   ...list.getEntries().map(task => Math.round(task.duration))))"
            + " .observe({ type: 'longtask' }) }");
    Instant start = Instant.now();
    int beats = (int) FLOOD.toSeconds() * BEATS;
    for (int beat = 0; beat < beats; beat++) {
      device.publish(Sensor.numbered("I (1) flood: " + beat, LINES_A_SECOND / BEATS));
      Duration early = Duration.between(Instant.now(), start.plusMillis(beat * 1_000L / BEATS));
      LockSupport.parkNanos(Math.max(0, early.toNanos()));
    }
    Duration took = Duration.between(start, Instant.now());
    assertThat(console.row("flood: %d 0099".formatted(beats - 1))).isVisible();
    List<?> tasks = (List<?>) page.evaluate("() => window.long");
    System.out.printf("long tasks: %d %s, flood of %s%n", tasks.size(), tasks, took);
    assertThat(took).as("a machine that has nothing else to do").isLessThan(FLOOD.plusSeconds(2));
    assertThat(tasks).hasSizeLessThanOrEqualTo(MOST_LONG_TASKS);
  }

  @Test
  void the_failing_device_and_its_last_error_are_in_sight_after_three_actions() {
    console.signIn();
    device.publish("E (1) pump: stuck", "I (2) pump: trying again");
    Instant start = Instant.now();
    page.navigate("/"); // the first action
    page.locator(".fleet-counts [data-count=errors]").click();
    Locator row = page.locator(".fleet-space .fleet-row").filter(having(device.name()));
    assertThat(row.locator(".fleet-error")).containsText("pump: stuck");
    row.locator(".fleet-error").click();
    assertThat(console.linked()).containsText("E (1) pump: stuck");
    Duration took = Duration.between(start, Instant.now());
    System.out.printf("from the address bar to the last error: %s%n", took);
    assertThat(took).isLessThan(TO_THE_ERROR);
  }

  private static Locator.FilterOptions having(String text) {
    return new Locator.FilterOptions().setHasText(text);
  }
}
