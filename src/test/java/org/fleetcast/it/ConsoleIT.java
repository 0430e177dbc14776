package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import jakarta.json.Json;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Proxy;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConsoleIT {
  private static final SharedStack STACK = SharedStack.get();
  private static final URI BASE = STACK.fleetcast().uri();
  private static final double PATIENCE_MILLIS = 20_000;
  private static final String NEXT_FRAME =
      "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))";

  @SuppressWarnings("NullAway.Init")
  private static Browser browser;

  private final String unique = UUID.randomUUID().toString().substring(0, 8);
  private final String entityId = "sensor.console_" + unique;
  private final String deviceName = "Console " + unique;
  private final List<String> scriptErrors = new ArrayList<>();
  private final Page page = browser.window(BASE);

  @BeforeAll
  static void startBrowser() {
    browser = Browser.started();
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
  }

  @AfterAll
  static void closeBrowser() {
    browser.close();
  }

  @BeforeEach
  void registerDevice() {
    page.onPageError(scriptErrors::add);
    Api anyone = Api.at(BASE);
    Api editor = anyone.withBearer(anyone.editorToken());
    Api.Answer model =
        editor.post(
            "/api/device-models",
            Json.createObjectBuilder()
                .add("code", "console_" + unique)
                .add("name", "Console test")
                .build());
    assertThat(model.status()).as(model.body()).isEqualTo(201);
    String config =
        Json.createObjectBuilder()
            .add("deviceName", deviceName)
            .add("deviceEntityId", entityId)
            .build()
            .toString();
    Api.Answer device =
        editor.post(
            "/api/devices",
            Json.createObjectBuilder()
                .add("device_model_id", model.json().getInt("id"))
                .add("config", config)
                .build());
    assertThat(device.status()).as(device.body()).isEqualTo(201);
  }

  @AfterEach
  void noScriptHasFailed() {
    page.context().close();
    assertThat(scriptErrors).isEmpty();
  }

  @Test
  void aLineIsSeenAsItArrivesAndOnceAfterComingBack() {
    openDevice();

    publish("I (1234) wifi: connected to ap");

    assertThat(rows()).hasCount(1);
    assertThat(rows().locator(".level")).hasText("I");
    assertThat(rows().locator(".text")).hasText("I (1234) wifi: connected to ap");

    page.reload();
    assertThat(rows()).hasCount(1);
    publish("W (1300) wifi: signal is weak");

    assertThat(rows().locator(".text"))
        .hasText(new String[] {"I (1234) wifi: connected to ap", "W (1300) wifi: signal is weak"});
  }

  @Test
  void aHostileLineStaysText() {
    openDevice();
    String hostile = "<img src=x onerror=\"document.title='owned'\"><script>throw 1</script>";

    publish(hostile);
    publish("the line after it");

    assertThat(rows()).hasCount(2);
    assertThat(rows().first().locator(".text")).hasText(hostile);
    assertThat(page.locator("#rows img, #rows script")).hasCount(0);
    assertThat(page).hasTitle(deviceName + " · Fleetcast");
  }

  @Test
  void scrollingUpReachesTheOldestLineWithoutAJumpOrAHole() {
    List<String> published = numbered("line", 2_500);
    publish(published);
    openDeviceWithLines();
    assertThat(rows().last()).containsText("line 2499");

    scrollTo(2_000);
    String seen = firstInSight();
    page.waitForFunction("() => document.querySelector('.space').offsetHeight > 1500 * 20");
    assertThat(firstInSight()).isEqualTo(seen);

    page.locator("#scroller").focus();
    page.waitForCondition(
        () -> {
          page.keyboard().press("Home");
          return rows().first().textContent().contains("line 0000");
        });
    assertThat(allRows()).isEqualTo(published);
  }

  @Test
  void followingLetsGoWhenTheReaderScrollsUpAndComesBackByAKey() {
    publish(numbered("before", 200));
    openDeviceWithLines();
    page.locator("#scroller").hover();
    page.mouse().wheel(0, -500);
    assertThat(newest()).isVisible();
    String seen = firstInSight();

    publish(numbered("below", 300));

    assertThat(newest()).containsText("300 new");
    assertThat(firstInSight()).isEqualTo(seen);
    page.keyboard().press("f");
    assertThat(newest()).isHidden();
    assertThat(rows().last()).containsText("below 0299");

    page.mouse().wheel(0, -500);
    assertThat(newest()).isVisible();
    page.locator("#scroller").press("End");
    assertThat(newest()).isHidden();
    publish(numbered("followed", 100));
    assertThat(rows().last()).containsText("followed 0099");
  }

  @Test
  void onlyTheRowsInSightAreInThePage() {
    publish(numbered("line", 1_000));
    openDeviceWithLines();
    publish(numbered("more", 3_000));

    assertThat(rows().last()).containsText("more 2999");

    assertThat(rows().count()).isBetween(20, 150);
    assertThat(allRows()).hasSize(4_000);
  }

  @Test
  void aGapIsSeenInItsPlaceAndFetchedByAClick() {
    try (Proxy network = Proxy.before(BASE)) {
      Page far = browser.window(network.uri());
      far.navigate("/api/auth/login?redirect=/favicon.svg");
      openDevice(far);
      publish("before");
      assertThat(far.locator("#rows .row")).hasCount(1);

      far.getByLabel("Wrap lines").uncheck();
      network.cut();
      assertThat(far.locator("#connection")).hasText("Reconnecting");
      String large = "x".repeat(30_000);
      List<String> missed = numbered(large, 50); // more than the megabyte that a stream keeps
      publishApart(missed);
      network.mend();
      assertThat(far.locator("#connection")).hasText("Live");
      scrollTo(far, 0);
      assertThat(far.locator(".row.gap")).containsText("lines were skipped here");

      far.getByText("Load them").click();

      assertThat(far.locator(".row.gap")).hasCount(0);
      List<String> all = new ArrayList<>(List.of("before"));
      all.addAll(missed);
      assertThat(allRows(far)).isEqualTo(all);
      far.context().close();
    }
  }

  @Test
  void whatThePageLoadsIsAskedForAgainBeforeItIsUsed() {
    Api visitor = Api.at(BASE);
    for (String path : List.of("/", "/app.js", "/app.css", "/fleetcast-worker.js")) {
      Api.Answer file = visitor.get(path);
      assertThat(file.status()).as(path).isEqualTo(200);
      assertThat(file.header("Cache-Control")).as(path).isEqualTo("no-cache");
      Api.Answer again = visitor.with("If-Modified-Since", file.header("Last-Modified")).get(path);
      assertThat(again.status()).as(path).isEqualTo(304);
    }
  }

  @Test
  void signingOutLeadsBackToTheLogin() {
    openDevice();

    page.getByText("Sign out").click();

    assertThat(signInLink()).isVisible();
    assertThat(page.locator("#console")).isHidden();
  }

  private void openDevice() {
    page.navigate("/");
    signInLink().click();
    openDevice(page);
  }

  private void openDevice(Page signedIn) {
    choose(signedIn);
    // Said only after the subscription and the history: what is published from here on comes live.
    assertThat(signedIn.locator("#log-empty")).containsText("No lines yet");
  }

  private void openDeviceWithLines() {
    page.navigate("/");
    signInLink().click();
    choose(page);
    assertThat(rows()).not().hasCount(0);
  }

  private void choose(Page signedIn) {
    if (!signedIn.url().endsWith("/")) {
      signedIn.navigate("/");
    }
    assertThat(signedIn.locator("#connection")).hasText("Live");
    signedIn.getByLabel("Search devices").fill(entityId);
    signedIn.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(deviceName)).click();
    assertThat(signedIn).hasURL(Pattern.compile(".*/#/devices/\\d+$"));
  }

  private Locator newest() {
    return page.locator("#newest");
  }

  private void scrollTo(int top) {
    scrollTo(page, top);
  }

  private static void scrollTo(Page page, int top) {
    page.evaluate("top => { document.querySelector('#scroller').scrollTop = top }", top);
    page.evaluate(NEXT_FRAME);
  }

  /** The first row that the reader sees, and how far it is from the upper edge. */
  private String firstInSight() {
    return page.evaluate(
            "() => { const top = document.querySelector('#scroller').getBoundingClientRect().top;"
                + " const row = [...document.querySelectorAll('#rows .row')]"
                + "   .find(row => row.getBoundingClientRect().bottom > top + 1);"
                + " const text = row.querySelector('.text').textContent;"
                + " return text + ' at ' + Math.round(row.getBoundingClientRect().top - top) }")
        .toString();
  }

  private List<?> allRows() {
    return allRows(page);
  }

  /** The texts of all rows, read by scrolling from the oldest to the newest. */
  private static List<?> allRows(Page page) {
    return (List<?>)
        page.evaluate(
            "async () => { const scroller = document.querySelector('#scroller');"
                + " const nextFrame = "
                + NEXT_FRAME
                + "; const texts = new Map();"
                + " for (let top = 0; ; top += scroller.clientHeight / 2) {"
                + "   scroller.scrollTop = top; await nextFrame();"
                + "   for (const row of document.querySelectorAll('#rows .row:not(.gap)'))"
                + "     texts.set(row.querySelector('time').dateTime, row.querySelector('.text').textContent);"
                + "   if (top > scroller.scrollHeight) break; }"
                + " return [...texts.keys()].sort().map(time => texts.get(time)) }");
  }

  private static List<String> numbered(String what, int count) {
    return IntStream.range(0, count).mapToObj(i -> "%s %04d".formatted(what, i)).toList();
  }

  private Locator signInLink() {
    return page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Sign in"));
  }

  private Locator rows() {
    return page.locator("#rows .row");
  }

  private void publish(String message) {
    publish(List.of(message));
  }

  /** Publishes lines in one message. */
  private void publish(List<String> messages) {
    send(List.of(messages.stream().map(this::line).collect(Collectors.joining())));
  }

  /** Publishes lines, each in a message of its own. */
  private void publishApart(List<String> messages) {
    send(messages.stream().map(this::line).toList());
  }

  private String line(String message) {
    return Json.createObjectBuilder().add("entity_id", entityId).add("message", message).build()
        + "\n";
  }

  private static void send(List<String> payloads) {
    try (MqttPublisher device = MqttPublisher.connected(URI.create(STACK.broker().url()))) {
      payloads.forEach(payload -> device.publish("iotsupport/logsink", payload));
    }
  }
}
