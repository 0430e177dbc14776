package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Sensor.numbered;

import com.microsoft.playwright.Page;
import java.util.ArrayList;
import java.util.List;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.Proxy;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class ConsoleIT {
  @AutoClose private static final Browser BROWSER = Console.browser();
  private final Sensor device = Sensor.registered();
  @AutoClose private final Console console = Console.in(BROWSER);
  private final Page page = console.page();

  @Test
  void aLineIsSeenAsItArrivesAndOnceAfterComingBack() {
    console.signIn().open(device);

    device.publish("I (1234) wifi: connected to ap");

    assertThat(console.rows()).hasCount(1);
    assertThat(console.rows().locator(".level")).hasText("I");
    assertThat(console.texts()).hasText("I (1234) wifi: connected to ap");

    page.reload();
    assertThat(console.rows()).hasCount(1);
    device.publish("W (1300) wifi: signal is weak");

    assertThat(console.texts())
        .hasText(new String[] {"I (1234) wifi: connected to ap", "W (1300) wifi: signal is weak"});
  }

  @Test
  void aHostileLineStaysText() {
    console.signIn().open(device);
    String hostile = "<img src=x onerror=\"document.title='owned'\"><script>throw 1</script>";

    device.publish(hostile);
    device.publish("the line after it");

    assertThat(console.rows()).hasCount(2);
    assertThat(console.rows().first().locator(".text")).hasText(hostile);
    assertThat(page.locator(".rows img, .rows script")).hasCount(0);
    assertThat(page).hasTitle(device.name() + " · Fleetcast");
  }

  @Test
  void scrollingUpReachesTheOldestLineWithoutAJumpOrAHole() {
    List<String> published = numbered("line", 2_500);
    device.publish(published);
    console.signIn().openWithLines(device);
    assertThat(console.rows().last()).containsText("line 2499");

    console.scrollTo(2_000);
    String seen = console.firstInSight();
    page.waitForFunction("() => document.querySelector('.space').offsetHeight > 1500 * 20");
    assertThat(console.firstInSight()).isEqualTo(seen);

    console.scroller().focus();
    page.waitForCondition(
        () -> {
          page.keyboard().press("Home");
          return console.rows().first().textContent().contains("line 0000");
        });
    assertThat(console.allRows()).isEqualTo(published);
  }

  @Test
  void followingLetsGoWhenTheReaderScrollsUpAndComesBackByAKey() {
    device.publish(numbered("before", 200));
    console.signIn().openWithLines(device);
    console.scroller().hover();
    page.mouse().wheel(0, -500);
    assertThat(console.newest()).isVisible();
    String seen = console.firstInSight();

    device.publish(numbered("below", 300));

    assertThat(console.newest()).containsText("300 new");
    assertThat(console.firstInSight()).isEqualTo(seen);
    page.keyboard().press("f");
    assertThat(console.newest()).isHidden();
    assertThat(console.rows().last()).containsText("below 0299");

    page.mouse().wheel(0, -500);
    assertThat(console.newest()).isVisible();
    console.scroller().press("End");
    assertThat(console.newest()).isHidden();
    device.publish(numbered("followed", 100));
    assertThat(console.rows().last()).containsText("followed 0099");
  }

  @Test
  void onlyTheRowsInSightAreInThePage() {
    device.publish(numbered("line", 1_000));
    console.signIn().openWithLines(device);
    device.publish(numbered("more", 3_000));

    assertThat(console.rows().last()).containsText("more 2999");

    assertThat(console.rows().count()).isBetween(20, 150);
    assertThat(console.allRows()).hasSize(4_000);
  }

  @Test
  void aGapIsSeenInItsPlaceAndFetchedByAClick() {
    try (Proxy network = Proxy.before(SharedStack.get().fleetcast().uri())) {
      Console far = Console.in(BROWSER, network.uri()).signIn().open(device);
      device.publish("before");
      assertThat(far.rows()).hasCount(1);

      far.page().getByLabel("Wrap lines").uncheck();
      network.cut();
      assertThat(far.connection()).hasText("Reconnecting");
      String large = "x".repeat(30_000);
      List<String> missed = numbered(large, 50); // more than the megabyte that a stream keeps
      device.publishApart(missed);
      HistoryIT.awaitLines(
          Operator.editor(SharedStack.get().fleetcast()), device.id(), 1 + missed.size());
      network.mend(); // not earlier: it would come back in the midst of them, to two gaps
      assertThat(far.connection()).hasText("Live");
      far.scrollTo(0);
      assertThat(far.page().locator(".row.gap")).containsText("lines were skipped here");

      far.page().getByText("Load them").click();

      assertThat(far.page().locator(".row.gap")).hasCount(0);
      List<String> all = new ArrayList<>(List.of("before"));
      all.addAll(missed);
      assertThat(far.allRows()).isEqualTo(all);
      far.close();
    }
  }

  @Test
  void whatThePageLoadsIsAskedForAgainBeforeItIsUsed() {
    Api visitor = Api.at(SharedStack.get().fleetcast().uri());
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
    console.signIn().open(device);

    page.getByText("Sign out").click();

    assertThat(console.signInLink()).isVisible();
    assertThat(page.locator("#console")).isHidden();
  }
}
