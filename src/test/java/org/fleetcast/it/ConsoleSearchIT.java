package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.KeyboardModifier;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.fleetcast.stack.Browser;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How an operator finds one line among many, and what is around it and in it. */
@Tag("long")
class ConsoleSearchIT {
  private static final int MANY = Integer.getInteger("fleetcast.stored.lines", 100_000);
  private static final Duration SOON = Duration.ofSeconds(2);

  /** How far below the upper edge of the log a row is. */
  private static final String OFFSET =
      "row => Math.round(row.getBoundingClientRect().top"
          + " - row.closest('.scroller').getBoundingClientRect().top)";

  @AutoClose private static final Browser BROWSER = Console.browser();
  private final Sensor device = Sensor.registered();
  @AutoClose private final Console console = Console.in(BROWSER);
  private final Page page = console.page();

  @Test
  void the_first_error_behind_very_many_lines_is_there_at_once() {
    Instant first = Instant.now().minusSeconds(3_600);
    Duration apart = Duration.ofSeconds(3_000).dividedBy(MANY);
    new StoredLog(device)
        .add(first, apart, MANY, i -> i == 0 ? "E (1) pump: rare one" : "I (2) pump: fine " + i);
    console.signIn().openWithLines(device);

    long asked = System.nanoTime();
    level().selectOption("E");
    assertThat(console.texts()).hasText(new String[] {"E (1) pump: rare one"});
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(SOON);

    level().selectOption("");
    List<Route> held = new ArrayList<>();
    page.route("**/api/devices/*/logs?*regex=*", held::add);
    addFilter("regex", "rare \\w{3}$");
    assertThat(console.emptyWords()).containsText("None yet. Looking");
    page.unroute("**/api/devices/*/logs?*regex=*");
    held.forEach(Route::resume);
    Locator further = page.locator(".further:visible");
    Locator found = console.row("rare one").or(further).first();
    found.waitFor();
    while (further.isVisible()) {
      further.click();
      found.waitFor();
    }
    assertThat(console.texts()).hasText(new String[] {"E (1) pump: rare one"});
  }

  @Test
  void a_line_stays_in_its_place_when_what_surrounds_it_is_shown() {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      lines.add((i % 20 == 0 ? "E (1) a: failed %04d" : "I (1) a: fine %04d").formatted(i));
    }
    device.publish(lines);
    console.signIn().openWithLines(device);
    level().selectOption("E");
    assertThat(console.rows().first()).containsText("failed");
    console.scrollTo(1_000);
    Locator chosen = page.locator(".row.chosen");
    console.row("failed 1200").locator(".text").click();
    int offset = offset(chosen);

    page.keyboard().press("s");
    assertThat(console.row("fine 1201")).isVisible();
    assertThat(console.linked()).containsText("failed 1200");
    assertThat(console.row("fine 1199")).isVisible();
    assertThat(offset(console.linked())).isCloseTo(offset, within(1));
    assertThat(level()).hasValue("");

    page.goBack();
    assertThat(level()).hasValue("E");
    assertThat(console.row("fine 1201")).hasCount(0);
    console.row("failed 1240").locator(".text").click();
    int before = offset(chosen);
    level().selectOption("");
    assertThat(console.row("fine 1241")).isVisible();
    assertThat(chosen).containsText("failed 1240");
    assertThat(offset(chosen)).isCloseTo(before, within(1));
  }

  @Test
  void chips_filter_what_is_stored_and_what_comes_alike() {
    device.publish(
        "I (1) wifi: up",
        "I (2) heap: 12 left",
        "I (3) heap: noise",
        "I (4) boot: done",
        "no tag, NOISE");
    console.signIn().openWithLines(device);
    assertThat(console.rows()).hasCount(5);

    tag("boot").click(new Locator.ClickOptions().setModifiers(List.of(KeyboardModifier.ALT)));
    assertThat(console.rows()).hasCount(4);
    assertThat(chips()).hasText(new String[] {"not tag boot"});
    addFilter("without", "noise");
    assertThat(console.texts()).hasText(new String[] {"I (1) wifi: up", "I (2) heap: 12 left"});
    device.publish("I (5) boot: no", "I (6) wifi: Noise", "I (7) wifi: down", "I (8) heap: 9 left");
    assertThat(console.rows()).hasCount(4);
    addFilter("regex", "\\d+ left$");
    assertThat(console.texts()).hasText(new String[] {"I (2) heap: 12 left", "I (8) heap: 9 left"});
    device.publish("I (9) heap: 8 left over", "I (10) heap: 7 left", "I (11) boot: 6 left");
    assertThat(console.rows()).hasCount(3);
    assertThat(console.texts().last()).hasText("I (10) heap: 7 left");

    page.reload();
    assertThat(console.rows()).hasCount(3);
    page.getByLabel("Remove: matches").click();
    tag("wifi").first().click();
    assertThat(chips()).hasText(new String[] {"without “noise”", "tag wifi", "not tag boot"});
    assertThat(console.texts()).hasText(new String[] {"I (1) wifi: up", "I (7) wifi: down"});
    page.getByText("tag wifi").click(); // turns it round
    assertThat(console.row("I (7) wifi")).hasCount(0);
    assertThat(console.row("I (9) heap")).hasCount(1);
  }

  @Test
  void a_pattern_that_the_server_refuses_is_told_where_it_was_typed() {
    device.publish("I (1) wifi: up");
    console.signIn().openWithLines(device);
    addFilter("regex", "(?=never)");
    Locator dialog = page.locator(".filter-dialog");
    assertThat(dialog.locator(".notice")).containsText("no look-around");
    assertThat(dialog).isVisible();
    dialog.getByText("Cancel").click();
    assertThat(chips()).hasCount(0);
    assertThat(console.rows()).hasCount(1);
  }

  @Test
  void all_fields_of_a_line_are_shown_as_they_were_sent() {
    page.context().grantPermissions(List.of("clipboard-read", "clipboard-write"));
    console.signIn().open(device);
    device.publish(
        Json.createObjectBuilder()
            .add("message", "W (5) motor: hot \u202e<b>")
            .add("reading", new BigDecimal("12345678901234567890.10"))
            .add("where", Json.createObjectBuilder().add("room", "hall")));
    device.publish("I (6) motor: cool");
    assertThat(console.rows()).hasCount(2);
    for (int look = 0; look < 2; look++) {
      console.rows().first().locator(".text").click();
      page.keyboard().press("i");
      Locator fields = page.locator(".line-details");
      assertThat(fields.locator("dl")).containsText("12345678901234567890.10");
      assertThat(fields.locator("dl")).containsText("where.room");
      assertThat(fields.locator("dl")).containsText("hot \\u202E<b>");
      fields.getByText("Copy as JSON").click();
      assertThat(fields.locator(".said")).hasText("Copied");
      JsonObject copied = json(clipboard());
      assertThat(copied.getString("tag")).isEqualTo("motor");
      assertThat(copied.getJsonNumber("reading").toString()).isEqualTo("12345678901234567890.10");
      page.keyboard().press("Escape");
      assertThat(fields).isHidden();
      page.reload(); // and once more from history
    }
    console.rows().first().locator(".text").click();
    page.keyboard().press("i");
    page.getByLabel("Only tag motor").click();
    assertThat(chips()).hasText(new String[] {"tag motor"});
    assertThat(console.rows()).hasCount(2);
    assertThat(page.locator(".row.chosen")).containsText("hot");
    page.keyboard().press("i");
    page.getByLabel("Only where.room hall").click();
    assertThat(chips()).hasText(new String[] {"tag motor", "where.room: hall"});
    assertThat(console.rows()).hasCount(1);
    device.publish(
        Json.createObjectBuilder()
            .add("message", "I (7) motor: still cool")
            .add("where", Json.createObjectBuilder().add("room", "hall")));
    device.publish("I (8) motor: elsewhere");
    assertThat(console.texts().last()).hasText("I (7) motor: still cool");
    assertThat(page.locator(".time-words")).hasText("2 lines, 1 warning");
    page.reload();
    assertThat(console.rows()).hasCount(2);
    page.getByText("where.room: hall").click(); // turns it round
    assertThat(chips()).hasText(new String[] {"tag motor", "not where.room: hall"});
    assertThat(console.texts())
        .hasText(new String[] {"I (6) motor: cool", "I (8) motor: elsewhere"});
  }

  @Test
  void a_very_long_line_is_folded_until_all_of_it_is_asked_for() {
    console.signIn().open(device);
    device.publish("before", "x".repeat(1_999) + "\uD83D\uDE00" + "y".repeat(17_999), "after");
    Locator row = console.rows().nth(1);
    assertThat(row.locator(".unfold")).hasText("… 18,001 more characters");
    assertThat(console.row("after")).isInViewport();
    row.locator(".unfold").click();
    assertThat(row.locator(".text")).hasText(Pattern.compile("x{1999}.{1,2}y{17999}"));
    assertThat(row.locator(".unfold")).hasCount(0);
    assertThat(page.locator(".row.chosen")).hasCount(0);
  }

  @Test
  void a_log_that_fits_into_the_page_is_followed_on_when_a_line_of_it_unfolds() {
    page.setViewportSize(1280, 1_200);
    console.signIn().open(device);
    device.publish("x".repeat(2_600));
    console.rows().locator(".unfold").click();
    assertThat(console.rows().locator(".unfold")).hasCount(0);
    device.publish(Sensor.numbered("after", 200));
    assertThat(console.row("after 0199")).isInViewport();
    assertThat(console.newest()).isHidden();
  }

  @Test
  void a_view_is_kept_under_a_name() {
    device.publish("E (1) a: bad", "I (2) a: good");
    console.signIn().openWithLines(device);
    level().selectOption("E");
    assertThat(console.rows()).hasCount(1);
    page.keyboard().press("Escape");
    console.scroller().press("v");
    Locator dialog = page.locator(".views-dialog");
    dialog.locator(".view-title").fill("Bad <b>");
    dialog.getByText("Keep", new Locator.GetByTextOptions().setExact(true)).click();
    dialog.getByText("Close").click();

    console.go("/");
    console.choose(device);
    assertThat(console.rows()).hasCount(2);
    console.scroller().press("v");
    dialog.getByText("Bad <b>").click();
    assertThat(dialog).isHidden();
    assertThat(level()).hasValue("E");
    assertThat(console.rows()).hasCount(1);
    console.scroller().press("v");
    dialog.getByLabel("Forget Bad <b>").click();
    assertThat(dialog.locator("li")).hasCount(0);
  }

  private void addFilter(String kind, String value) {
    page.locator(".add-filter").click();
    page.locator(".filter-kind").selectOption(kind);
    page.locator(".filter-value").fill(value);
    page.locator(".filter-value").press("Enter");
  }

  private int offset(Locator row) {
    return (int) row.evaluate(OFFSET);
  }

  private Locator chips() {
    return page.locator(".chip-words");
  }

  private Locator tag(String name) {
    return page.locator(".row .tag", new Page.LocatorOptions().setHasText(name));
  }

  private Locator level() {
    return page.getByLabel("Level", new Page.GetByLabelOptions().setExact(true));
  }

  private static JsonObject json(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return reader.readObject();
    }
  }

  private String clipboard() {
    return page.evaluate("() => navigator.clipboard.readText()").toString();
  }
}
