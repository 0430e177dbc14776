package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Sensor.numbered;

import com.google.gson.JsonObject;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.KeyboardModifier;
import jakarta.json.Json;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What an operator does with a log: filter, find, pause, choose, link, download, compare. */
class ConsoleLogIT {
  private static final String HOSTILE = "<img src=x onerror=\"throw 1\"> 100 % of *that*? C:\\new";
  private static final String MARKED =
      "name => [...(CSS.highlights.get(name) ?? [])].map(range => range.toString()).sort()";

  @AutoClose private static final Browser BROWSER = Console.browser();
  private final Sensor device = Sensor.registered();
  @AutoClose private final Console console = Console.in(BROWSER);
  private final Page page = console.page();

  @Test
  void the_server_filters_by_level_and_by_text() {
    device.publish("I (1) wifi: up", "E (2) wifi: down", HOSTILE, "E (3) heap: low", "W (4) x: y");
    console.signIn().openWithLines(device);
    assertThat(console.rows()).hasCount(5);

    level().selectOption("W");
    assertThat(console.texts())
        .hasText(new String[] {"E (2) wifi: down", "E (3) heap: low", "W (4) x: y"});
    filterText().fill("wifi");
    assertThat(console.texts()).hasText(new String[] {"E (2) wifi: down"});
    Console unfiltered = console.tab().go("/devices/" + device.id());
    assertThat(unfiltered.rows()).hasCount(5);
    device.publish("E (5) WiFi: down again", "I (6) wifi: up", "E (7) heap: low");
    assertThat(console.texts())
        .hasText(new String[] {"E (2) wifi: down", "E (5) WiFi: down again"});
    assertThat(unfiltered.rows()).hasCount(8);

    level().selectOption("");
    filterText().fill("*THAT*? c:\\");
    assertThat(console.texts()).hasText(new String[] {HOSTILE});
    device.publish("of all that c:\\", "and of *that*? C:\\");
    assertThat(console.texts()).hasText(new String[] {HOSTILE, "and of *that*? C:\\"});
    filterText().fill("nothing has this");
    assertThat(console.emptyWords()).containsText("No stored line passes the filter");
    filterText().fill("");
    assertThat(console.rows()).hasCount(10);
  }

  @Test
  void a_rare_level_is_found_however_many_lines_came_since() {
    device.publish("E (1) rare: one");
    for (int i = 0; i < 6; i++) {
      device.publish(numbered("I (2) often: " + i, 1_000));
    }
    console.signIn().openWithLines(device);

    level().selectOption("E");

    assertThat(console.texts()).hasText(new String[] {"E (1) rare: one"});
    assertThat(page.locator(".older")).isHidden();
  }

  @Test
  void levels_are_what_the_server_counts_them_as_stored_and_live() {
    console.signIn().open(device);
    publishLevels();
    String[] letters = {"E", "W", "E", "E", "W", "E"};
    String[] errors = {
      "E (20) wifi:driver error", "E (25) app: plain error", "error as a word", "lower e"
    };
    for (int look = 0; look < 2; look++) {
      assertThat(console.rows().locator(".level")).hasText(letters);
      assertThat(page.locator(".row[data-level=E]")).hasCount(4);
      assertThat(console.texts().first().locator(".tag")).hasText("wifi");
      page.reload(); // and once more from history
    }
    level().selectOption("W");
    assertThat(console.rows()).hasCount(6);
    level().selectOption("E");
    assertThat(console.texts()).hasText(errors);
    publishLevels();
    List<String> twice = new ArrayList<>(List.of(errors));
    Collections.addAll(twice, errors);
    assertThat(console.texts()).hasText(twice.toArray(String[]::new));
  }

  private void publishLevels() {
    device.publish(
        "E (20) wifi:driver error", "W (30) wifi:driver warning", "E (25) app: plain error");
    device.publish(
        Json.createObjectBuilder().add("message", "error as a word").add("level", "error"));
    device.publish(
        Json.createObjectBuilder().add("message", "warning as a word").add("level", "warning"));
    device.publish(Json.createObjectBuilder().add("message", "lower e").add("level", "e"));
  }

  @Test
  void unreadable_lines_are_marked_listed_and_put_back() {
    device.publish("I (1) a: fine");
    device.publishRaw("{\"entity_id\":\"E\",\"temp\":nan,\"message\":\"\u001b[31m<b>\u202e\"}");
    storeReadable();
    console.signIn().openWithLines(device);

    Locator mark = page.locator(".unreadable");
    assertThat(mark).hasText("2 unreadable lines, show");
    mark.getByText("show").click();
    Locator letters = page.locator(".letter");
    assertThat(letters).hasCount(2);
    Locator unread = letters.filter(new Locator.FilterOptions().setHasText("JSON"));
    assertThat(unread.locator(".whose")).hasText(device.name());
    unread.locator("summary").click();
    assertThat(unread.locator("pre"))
        .containsText("\"temp\":nan,\"message\":\"\\x1B[31m<b>\\u202E\"");

    page.getByText("Put back…").click();
    Locator question = page.locator("#confirm");
    assertThat(question).containsText("2 dead letters are in this range of time. 1 can be read");
    assertThat(question).containsText("1 cannot be read and stays here");
    question.locator("button[value=do]").click();
    assertThat(page.locator("#dead-letters .said")).hasText("1 line put back, 1 left.");
    assertThat(letters).hasCount(1);
    console.go("/devices/" + device.id());
    assertThat(console.row("was refused once")).hasCount(1);
    assertThat(mark).hasText("1 unreadable line, show");

    Console viewer = console.tab();
    viewer.page().navigate("/api/auth/login?user=looks-only&role=viewer");
    viewer.go("/dead-letters?device=" + device.id());
    assertThat(viewer.page().locator(".letter")).hasCount(1);
    assertThat(viewer.page().getByText("Put back…")).isHidden();
  }

  /** A dead letter that Elasticsearch refused once, and would take now. */
  private void storeReadable() {
    Instant minuteAgo = Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.SECONDS);
    String at = minuteAgo.toString().replace("Z", ".000001Z");
    String id = "refused-" + device.id();
    String line =
        Json.createObjectBuilder()
            .add("id", id)
            .add("@timestamp", at)
            .add("entity_id", device.entityId())
            .add("message", "was refused once")
            .build()
            .toString();
    String letter =
        Json.createObjectBuilder()
            .add("id", id)
            .add("@timestamp", at)
            .add("reason", "refused by Elasticsearch")
            .add("raw", line)
            .add("encoding", "text")
            .add("entity_id", device.entityId())
            .build()
            .toString();
    String index = "/fleetcast-dead-letter-" + at.substring(0, 10).replace('-', '.');
    Api elasticsearch = Api.at(SharedStack.get().elasticsearch().uri());
    assertThat(
            elasticsearch
                .send("PUT", index + "/_create/" + id + "?refresh=true", "application/json", letter)
                .status())
        .isEqualTo(201);
  }

  @Test
  void hits_are_marked_counted_and_gone_to() {
    List<String> lines = new ArrayList<>(numbered("haystack", 900));
    lines.set(100, "I (1) first: a needle <b>, a NEEDLE <b>");
    lines.set(500, "\u001b[31ma nee\u001b[32mdle <b>\u001b[0m in two colours");
    device.publish(lines);
    console.signIn().openWithLines(device);

    page.keyboard().press("/");
    page.keyboard().type("Needle <b>");
    assertThat(hits()).hasText("2");
    page.keyboard().press("Enter");
    assertThat(hits()).hasText("2 of 2");
    assertThat(found()).isVisible();
    assertThat(found()).containsText("in two colours");
    awaitMarked("needle <b>");
    page.keyboard().press("Shift+Enter");
    assertThat(hits()).hasText("1 of 2");
    assertThat(found()).containsText("first: a needle");
    awaitMarked("NEEDLE <b>", "needle <b>");

    device.publish("one more needle <b>");
    assertThat(hits()).hasText("1 of 3");
    console.scroller().focus();
    page.keyboard().press("n");
    page.keyboard().press("n");
    assertThat(hits()).hasText("3 of 3");
    assertThat(found()).containsText("one more needle <b>");
    page.keyboard().press("n");
    assertThat(hits()).hasText("1 of 3");
    page.keyboard().press("N");
    assertThat(hits()).hasText("3 of 3");
    find().fill("");
    assertThat(hits()).isEmpty();
    awaitMarked();
  }

  @Test
  void a_pause_counts_what_comes_and_shows_it_afterwards() {
    console.signIn().open(device);
    device.publish("before");
    assertThat(console.rows()).hasCount(1);

    page.keyboard().press("p");
    device.publish(numbered("meanwhile", 20));
    assertThat(pause()).hasText("Resume · 20 new");
    assertThat(console.rows()).hasCount(1);

    console.scroller().press("p");
    assertThat(pause()).hasText("Pause");
    assertThat(console.rows()).hasCount(21);
    device.publish("after");
    assertThat(console.texts().last()).hasText("after");
  }

  @Test
  void on_a_phone_pause_and_filter_are_seen_while_the_other_tools_are_closed() {
    page.setViewportSize(360, 800);
    device.publish("I (1) a: b");
    console.signIn().openWithLines(device);
    assertThat(page.locator(".tools-toggle")).hasAttribute("aria-expanded", "false");
    assertThat(find()).isHidden();
    assertThat(pause()).isInViewport();
    assertThat(level()).isInViewport();
    assertThat(filterText()).isInViewport();
    assertThat(console.row("I (1) a: b")).isInViewport();
    page.keyboard().press("/");
    assertThat(find()).isFocused();
  }

  @Test
  void a_pause_lasts_while_the_page_sleeps_and_what_came_meanwhile_is_counted() {
    console.signIn().open(device);
    device.publish("before");
    assertThat(console.rows()).hasCount(1);
    page.keyboard().press("p");
    page.evaluate("() => { dispatchEvent(new PageTransitionEvent('pagehide')) }");
    device.publish(numbered("asleep", 20));
    HistoryIT.awaitLines(Operator.editor(SharedStack.get().fleetcast()), device.id(), 21);
    page.evaluate(
        "() => { dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })) }");
    assertThat(pause()).hasText("Resume · 20 new");
    assertThat(console.rows()).hasCount(1);
    device.publish("awake");
    assertThat(pause()).hasText("Resume · 21 new");
    page.keyboard().press("p");
    assertThat(console.rows()).hasCount(22);
    assertThat(console.texts().last()).hasText("awake");
  }

  @Test
  void colours_are_the_devices_own_and_how_lines_look_is_remembered() {
    page.context().newCDPSession(page).send("Emulation.setTimezoneOverride", inTokyo());
    console.signIn().open(device);
    device.publish("\u001b[1;31mred <b>\u001b[0m plain \u001b[38;2;255;255;0myellow\u001b[m");
    device.publish(
        Json.createObjectBuilder()
            .add("message", "forged")
            .add("sgr", "0:31\" onload x 3:1;;;999 2:44 99:1 -1:1 4:38;2;1"));
    device.publish(
        Json.createObjectBuilder().add("message", "odd").add("sgr", JsonValue.EMPTY_JSON_ARRAY));
    for (int look = 0; look < 2; look++) {
      assertThat(console.texts()).hasText(new String[] {"red <b> plain yellow", "forged", "odd"});
      assertThat(console.rows().first().locator(".sgr-1.sgr-bold")).hasText("red <b>");
      assertThat(console.texts().first().locator("span").last()).hasText("yellow");
      assertThat(console.texts().first().locator("span").last())
          .not()
          .hasCSS("color", "rgb(255, 255, 0)"); // which nobody could read on white
      page.reload(); // and once more from history
    }

    String local = console.rows().first().locator("time").textContent();
    page.getByLabel("Wrap lines").uncheck();
    console.scroller().press("c");
    console.scroller().press("u");
    assertThat(page.locator("[class^=sgr]")).hasCount(0);
    assertThat(console.rows().first().locator("time")).not().hasText(local);
    page.reload();
    assertThat(console.texts().first()).hasText("red <b> plain yellow");
    assertThat(page.locator("[class^=sgr]")).hasCount(0);
    assertThat(page.getByLabel("Wrap lines")).not().isChecked();
    assertThat(page.getByLabel("UTC")).isChecked();
    String utc = console.rows().first().locator("time").textContent();
    assertThat(Integer.parseInt(local.replaceAll(".*?(\\d\\d):.*", "$1")))
        .isEqualTo((Integer.parseInt(utc.replaceAll(".*?(\\d\\d):.*", "$1")) + 9) % 24);
  }

  @Test
  void chosen_lines_are_copied_and_a_link_leads_to_a_line_among_thousands() {
    BrowserContext context = page.context();
    context.grantPermissions(List.of("clipboard-read", "clipboard-write"));
    List<String> lines = numbered("W (1) a: line", 4_000);
    device.publish(lines);
    console.signIn().openWithLines(device);

    console.row("line 3990").locator(".text").click();
    console
        .row("line 3992")
        .locator(".text")
        .click(new Locator.ClickOptions().setModifiers(List.of(KeyboardModifier.SHIFT)));
    page.keyboard().press("J");
    assertThat(page.locator(".chosen-count")).hasText("4 lines chosen");
    page.keyboard().press("Control+c");
    assertThat(clipboard().lines().map(line -> line.replaceFirst("^[-0-9T:]+\\.\\d{6}Z ", "")))
        .containsExactlyElementsOf(
            lines.subList(3990, 3994).stream().map(line -> "W " + line).toList());
    page.keyboard().press("Escape");
    assertThat(page.locator(".chosen-bar")).isHidden();

    console.row("line 3992").locator(".when").click();
    assertThat(page).hasURL(Pattern.compile(".*[?]line=.+&at=.+Z$"));
    assertThat(console.linked()).containsText("line 3992");
    String old = "line 1500"; // pages away from the newest lines
    Console other = console.tab().go(linkTo(old));
    assertThat(other.linked()).containsText(old);
    assertThat(other.linked()).isInViewport();
    assertThat(other.newest()).isVisible();
    device.publish("I (2) b: the newest");
    other.scroller().press("f");
    assertThat(other.texts().last()).hasText("I (2) b: the newest");
  }

  @Test
  void what_a_mouse_selects_of_rows_is_copied_as_a_line_each() {
    page.context().grantPermissions(List.of("clipboard-read", "clipboard-write"));
    device.publish("W (1) a: first", "E (2) a: in two\nlines", "I (3) a: last");
    console.signIn().openWithLines(device);
    assertThat(console.rows()).hasCount(3);
    page.evaluate(
        "() => { const texts = document.querySelectorAll('.rows .text');"
            + " getSelection().setBaseAndExtent(texts[0], 0, texts[2].lastChild, 5) }");
    page.keyboard().press("Control+c");
    assertThat(
            clipboard().lines().map(line -> line.replaceFirst("^([-0-9]+ )?[0-9:]+\\.\\d{3} ", "")))
        .containsExactly("W (1) a: first", "E E (2) a: in two\\nlines", "I I (3) a: las");
    page.evaluate("() => getSelection().selectAllChildren(document.querySelector('.rows .tag'))");
    page.keyboard().press("Control+c");
    assertThat(clipboard()).isEqualTo("a");
  }

  @Test
  void a_range_of_time_is_downloaded_as_text() throws IOException {
    List<String> lines = numbered("I (1) a: line", 2_500);
    device.publish(lines);
    device.publish(HOSTILE + "\nin two lines");
    console.signIn().openWithLines(device);
    page.locator(".scroller").press("d");
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("From").fill("2020-01-01T00:00:01");

    Download whole = page.waitForDownload(() -> download(dialog).click());

    assertThat(whole.suggestedFilename()).endsWith("-2020-01-01T00-00-01.log");
    List<String> stored = Files.readAllLines(whole.path());
    assertThat(stored).hasSize(2_501);
    assertThat(stored.get(17)).endsWith("Z I " + lines.get(17));
    assertThat(stored.get(2_500)).endsWith("Z - " + HOSTILE + "\\nin two lines");
    assertThat(dialog).isHidden();

    page.route("**/logs?format=text*", unanswered -> {});
    page.locator(".scroller").press("d");
    download(dialog).click();
    assertThat(dialog.locator(".download-progress")).containsText("0 lines");
    dialog.getByText("Cancel").click();
    assertThat(dialog).isHidden();
  }

  @Test
  void several_devices_stand_side_by_side_or_are_merged_by_time() {
    Sensor other = Sensor.registered();
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Sensor one = i % 3 == 0 ? other : device;
      one.publish("line " + (10 + i));
      all.add("line " + (10 + i));
    }
    console.signIn().openWithLines(device);
    page.keyboard().press("a");
    page.keyboard().type(other.entityId());
    page.keyboard().press("Enter");

    assertThat(page)
        .hasURL(Pattern.compile(".*/#/devices/%d,%d".formatted(device.id(), other.id())));
    Locator left = view(device).locator(".row");
    Locator right = view(other).locator(".row");
    assertThat(left).hasCount(4);
    assertThat(right).hasCount(2);
    device.publish("to the left");
    other.publish("to the right");
    assertThat(left.last()).containsText("to the left");
    assertThat(right.last()).containsText("to the right");
    page.getByText("Merge by time").click();
    Collections.addAll(all, "to the left", "to the right");
    assertThat(console.texts()).hasText(all.toArray(String[]::new));
    assertThat(console.rows().first()).containsText(other.name());
    filterText().fill("to the");
    assertThat(console.rows()).hasCount(2);
    device.publish("to the one");
    other.publish("not this", "to the other");
    assertThat(console.texts())
        .hasText(new String[] {"to the left", "to the right", "to the one", "to the other"});
    filterText().fill("");

    console.scroller().press("m");
    assertThat(right).hasCount(5);
    page.getByLabel("Close " + device.name()).click();
    assertThat(page).hasURL(Pattern.compile(".*/#/devices/" + other.id() + "$"));
    assertThat(page.locator(".view")).hasCount(1);
    assertThat(console.rows()).hasCount(5);

    console.go("/devices/" + other.id() + ",999999?view=merged");
    assertThat(page.locator(".deleted"))
        .hasText("Device 999999 is left out. Device 999999 was not found");
    assertThat(console.rows()).hasCount(5);
    assertThat(page.locator(".time-words")).hasText("5 lines");
    other.publish("on its own");
    assertThat(console.texts().last()).hasText("on its own");
  }

  @Test
  void history_tells_colours_to_who_asks_for_them_only() {
    device.publish("\u001b[31mred\u001b[0m", "plain");
    Operator operator = Operator.editor(SharedStack.get().fleetcast());
    HistoryIT.awaitLines(operator, device.id(), 2);

    assertThat(operator.logs(device.id(), "?fields=sgr").json().getJsonArray("logs"))
        .satisfiesExactly(
            red -> assertThat(red.asJsonObject().getString("sgr")).isEqualTo("0:31 3:0"),
            plain -> assertThat(plain.asJsonObject()).containsEntry("sgr", JsonValue.NULL));
    assertThat(operator.logs(device.id(), "").json().getJsonArray("logs"))
        .allSatisfy(
            line ->
                assertThat(line.asJsonObject())
                    .containsOnlyKeys("id", "timestamp", "message", "level"));
  }

  private static JsonObject inTokyo() {
    JsonObject zone = new JsonObject();
    zone.addProperty("timezoneId", "Asia/Tokyo");
    return zone;
  }

  /** What stands behind # in the link of a line. */
  private String linkTo(String text) {
    jakarta.json.JsonObject line =
        Operator.editor(SharedStack.get().fleetcast())
            .logs(device.id(), "?query=*" + text.replace(' ', '?'))
            .json()
            .getJsonArray("logs")
            .getJsonObject(0);
    return "/devices/%d?line=%s&at=%s"
        .formatted(device.id(), line.getString("id"), line.getString("timestamp"));
  }

  private Locator view(Sensor shown) {
    return page.locator(".view", new Page.LocatorOptions().setHasText(shown.name()));
  }

  private Locator level() {
    return page.getByLabel("Level", new Page.GetByLabelOptions().setExact(true));
  }

  private Locator filterText() {
    return page.getByLabel("Filter by text");
  }

  private Locator find() {
    return page.getByLabel("Find in the loaded lines");
  }

  private Locator hits() {
    return page.locator(".hits");
  }

  private Locator found() {
    return page.locator(".found-row");
  }

  private Locator pause() {
    return page.locator("button.pause");
  }

  private static Locator download(Locator dialog) {
    return dialog.getByRole(
        AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Download").setExact(true));
  }

  /** Waits until these are the texts that the hit which was gone to is marked by. */
  private void awaitMarked(String... texts) {
    page.waitForCondition(() -> page.evaluate(MARKED, "found-now").equals(List.of(texts)));
  }

  private String clipboard() {
    return page.evaluate("() => navigator.clipboard.readText()").toString();
  }
}
