package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Clock;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Mouse;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.fleetcast.stack.Browser;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How an operator moves through the time of a log, and how the address keeps where he is. */
@Tag("long")
class ConsoleTimeIT {
  @AutoClose private static final Browser BROWSER = Console.browser();
  private final Sensor device = Sensor.registered();
  @AutoClose private final Console console = Console.in(BROWSER);
  private final Page page = console.page();

  @Test
  void lines_are_counted_by_level_and_new_ones_with_them() {
    device.publish("E (1) a: b", "E (2) a: b", "W (3) a: b", "I (4) a: b", "no level");
    console.signIn().openWithLines(device);
    assertThat(words()).hasText("5 lines, 2 errors, 1 warning");
    assertThat(page.locator(".bar-E")).hasAttribute("d", Pattern.compile("M.+"));
    device.publish("E (6) a: b", "I (7) a: b");
    assertThat(words()).hasText("7 lines, 3 errors, 1 warning");
    page.getByLabel("Level", new Page.GetByLabelOptions().setExact(true)).selectOption("W");
    assertThat(words()).hasText("4 lines, 3 errors, 1 warning");

    page.route("**/histogram?*", route -> route.abort());
    assertThat(words()).hasText(Pattern.compile("4 lines, .*, as of \\d\\d:\\d\\d:\\d\\d"));
    page.unroute("**/histogram?*");
    assertThat(words()).hasText("4 lines, 3 errors, 1 warning");
    page.keyboard().press("Escape");
    console.scroller().press("h");
    assertThat(plot()).isHidden();
  }

  @Test
  void what_could_not_be_counted_says_why_until_it_is() {
    device.publish("E (1) a: b", "I (2) a: b");
    console.signIn().openWithLines(device);
    page.route("**/histogram?*", route -> route.abort());
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    console.go(
        "/devices/%d?from=%s&to=%s"
            .formatted(device.id(), now.minusSeconds(600), now.plusSeconds(600)));
    assertThat(words()).hasText("Not counted. The server cannot be reached.");
    page.unroute("**/histogram?*");
    assertThat(words()).hasText("2 lines, 1 error"); // though that range does not move
  }

  @Test
  void the_last_hour_is_the_servers_whatever_the_clock_of_the_browser_says() {
    device.publish("E (1) a: b", "I (2) a: b");
    long ahead = Duration.ofHours(3).toMillis();
    page.clock().install(new Clock.InstallOptions().setTime(System.currentTimeMillis() + ahead));
    console.signIn().openWithLines(device);
    assertThat(words()).hasText("2 lines, 1 error");
  }

  @Test
  void a_week_of_log_is_crossed_by_a_click() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.HOURS);
    new StoredLog(device)
        .add(now.minus(Duration.ofDays(6)), Duration.ofMinutes(5), 6 * 24 * 12, i -> line(i));
    console.signIn().openWithLines(device);
    range().selectOption("7d");
    assertThat(words()).containsText("1,728 lines");

    // In the middle, three and a half days ago, a click leads to the beginning of a bar of hours.
    BoundingBox box = plot().boundingBox();
    page.mouse().click(box.x + box.width / 2, box.y + 5);
    assertThat(page).hasURL(Pattern.compile(".*range=7d&at=.*"));
    assertThat(console.rows().first()).containsText("I (1) hourly: line 0");
    Instant middle = Instant.now().minus(Duration.ofHours(84));
    assertThat(Duration.between(firstInSight(), middle).abs()).isLessThan(Duration.ofHours(3));
    assertThat(console.newest()).isVisible();

    page.mouse().move(box.x + box.width * 0.25, box.y + 5);
    page.mouse().down();
    page.mouse().move(box.x + box.width * 0.35, box.y + 5, new Mouse.MoveOptions().setSteps(4));
    page.mouse().up();
    assertThat(page).hasURL(Pattern.compile(".*from=.*&to=.*&at=.*"));
    assertThat(page.locator(".time-range option:checked")).hasText(Pattern.compile(".+ to .+"));
    Instant quarter = Instant.now().minus(Duration.ofHours(126));
    assertThat(console.newest()).isVisible();
    assertThat(Duration.between(firstInSight(), quarter).abs()).isLessThan(Duration.ofHours(3));
    page.goBack();
    assertThat(console.newest()).isVisible();
    console.scroller().press("f");
    assertThat(console.row("line 01727")).isVisible();
    assertThat(page).not().hasURL(Pattern.compile(".*[?&]at=.*"));
  }

  @Test
  void a_time_is_gone_to_by_the_keyboard() {
    // Within the last day, whatever the minute of the hour is.
    Instant first = Instant.now().minus(Duration.ofHours(23)).truncatedTo(ChronoUnit.HOURS);
    new StoredLog(device).add(first, Duration.ofSeconds(10), 3_000, i -> line(i));
    console.signIn().openWithLines(device);
    console.scroller().press("u"); // times in UTC
    console.scroller().press("T");
    Locator dialog = page.locator(".moment-dialog");
    dialog.locator("input").fill(first.plusSeconds(10_000).toString().replace("Z", ""));
    dialog.locator("input").press("Enter");
    assertThat(console.row("line 01000")).isVisible();
    assertThat(console.rows().first()).not().containsText("line 02");

    page.route("**/histogram?*", route -> route.abort());
    range().selectOption("24h");
    plot().focus();
    page.keyboard().press("Home"); // nothing is there yet to choose from
    page.unroute("**/histogram?*");
    assertThat(words()).containsText("3,000 lines");
    page.keyboard().press("Home");
    page.keyboard().press("ArrowRight");
    assertThat(plot()).hasAttribute("aria-valuetext", Pattern.compile(".+ to .+: .+"));
    page.keyboard().press("Enter");
    assertThat(console.row("line 00000")).isVisible();
  }

  @Test
  void the_address_holds_all_of_it_over_a_reload_and_a_sign_in() {
    Sensor other = Sensor.registered();
    for (int i = 0; i < 500; i++) {
      (i % 2 == 0 ? device : other)
          .publish((i % 3 == 0 ? "E (1) a: x " : "W (1) a: x ") + i, "I (2) a: x");
    }
    console.signIn();
    console.go(
        "/devices/%d,%d?view=merged&level=W&contains=x&without=499"
            .formatted(device.id(), other.id()));
    assertThat(console.row("W (1) a: x 497")).isVisible();
    console.scrollTo(2_000);
    assertThat(page).hasURL(Pattern.compile(".*[?&]at=.*"));
    String reading = reading(console);
    String address = page.url();
    page.reload();
    assertThat(console.newest()).isVisible();
    assertThat(page.locator(".chip-words")).hasText("without “499”");
    assertThat(page.getByLabel("Filter by text")).hasValue("x");
    page.waitForCondition(() -> reading(console).equals(reading));

    Console colleague = Console.in(BROWSER);
    colleague.page().navigate(address);
    colleague.signInLink().click();
    assertThat(colleague.newest()).isVisible();
    assertThat(colleague.page()).hasURL(address);
    colleague.page().waitForCondition(() -> reading(colleague).equals(reading));
    colleague.close();
  }

  /** The line that is the first in sight, wherever its row begins. */
  private static String reading(Console there) {
    return there.firstInSight().split(" at ")[0];
  }

  private static String line(int i) {
    return "I (1) hourly: line %05d".formatted(i);
  }

  private Instant firstInSight() {
    return Instant.parse(
        console
            .scroller()
            .evaluate(
                "scroller => [...scroller.querySelectorAll('.row:not(.gap)')].find(row =>"
                    + " row.getBoundingClientRect().bottom >"
                    + " scroller.getBoundingClientRect().top + 1).querySelector('time').dateTime")
            .toString());
  }

  private Locator words() {
    return page.locator(".time-words");
  }

  private Locator plot() {
    return page.locator(".plot");
  }

  private Locator range() {
    return page.locator("select[aria-label='Range of time']"); // a dialog has that name too
  }
}
