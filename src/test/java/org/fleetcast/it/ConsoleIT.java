package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.list;
import static org.fleetcast.it.Sensor.numbered;

import com.microsoft.playwright.Page;
import java.util.ArrayList;
import java.util.List;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.Proxy;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleIT {
  /** The server compresses nothing that is smaller. */
  private static final int SMALL = 2048;

  private static final Api VISITOR = Api.at(SharedStack.get().fleetcast().uri());
  @AutoClose private static final Browser BROWSER = Console.browser();
  private final Sensor device = Sensor.registered();
  @AutoClose private final Console console = Console.in(BROWSER);
  private final Page page = console.page();

  @Test
  void a_line_is_seen_as_it_arrives_and_once_after_coming_back() {
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
  void a_hostile_line_stays_text() {
    console.signIn().open(device);
    String hostile = "<img src=x onerror=\"document.title='owned'\"><script>throw 1</script>";

    device.publish(hostile);
    device.publish("the line after it");

    assertThat(console.rows()).hasCount(2);
    assertThat(console.rows().first().locator(".text")).hasText(hostile);
    assertThat(page.locator(".rows img, .rows script")).hasCount(0);
    assertThat(page).hasTitle(device.name() + " · Fleetcast");
  }

  @Tag("long")
  @Test
  void scrolling_up_reaches_the_oldest_line_without_a_jump_or_a_hole() {
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
  void following_lets_go_when_the_reader_scrolls_up_and_comes_back_by_a_key() {
    device.publish(numbered("before", 200));
    console.signIn().openWithLines(device);
    console.wheel(-500);
    assertThat(console.newest()).isVisible();
    String seen = console.firstInSight();

    device.publish(numbered("below", 300));

    assertThat(console.newest()).containsText("300 new");
    assertThat(console.firstInSight()).isEqualTo(seen);
    page.keyboard().press("f");
    assertThat(console.newest()).isHidden();
    assertThat(console.rows().last()).containsText("below 0299");

    console.wheel(-500);
    assertThat(console.newest()).isVisible();
    console.scroller().press("End");
    assertThat(console.newest()).isHidden();
    device.publish(numbered("followed", 100));
    assertThat(console.rows().last()).containsText("followed 0099");
  }

  @Test
  void only_the_rows_in_sight_are_in_the_page() {
    device.publish(numbered("line", 1_000));
    console.signIn().openWithLines(device);
    device.publish(numbered("more", 3_000));

    assertThat(console.rows().last()).containsText("more 2999");

    assertThat(console.rows().count()).isBetween(20, 150);
    assertThat(console.allRows()).hasSize(4_000);
  }

  @Test
  void what_came_while_it_was_away_is_there_where_memory_does_not_reach_back() {
    try (Proxy network = Proxy.before(SharedStack.get().fleetcast().uri())) {
      Console far = Console.in(BROWSER, network.uri()).signIn().open(device);
      device.publish("before");
      assertThat(far.rows()).hasCount(1);

      network.cut();
      assertThat(far.connection()).hasText("Reconnecting");
      List<String> missed = numbered("missed", 50);
      String large =
          ":" + "x".repeat(30_000); // in all more than the megabyte that is kept in memory
      device.publishApart(missed.stream().map(line -> line + large).toList());
      HistoryIT.awaitLines(
          Operator.editor(SharedStack.get().fleetcast()), device.id(), 1 + missed.size());
      network.mend();
      assertThat(far.rows().last()).containsText("missed 0049");

      assertThat(far.page().locator(".row.gap")).hasCount(0);
      List<String> all = new ArrayList<>(List.of("before"));
      all.addAll(missed);
      assertThat(far.allRows().stream().map(row -> row.toString().split(":")[0]).toList())
          .isEqualTo(all);
      far.close();
    }
  }

  @Test
  void what_the_page_loads_is_kept_for_good_and_comes_compressed() {
    console.signIn();

    Object loaded =
        page.evaluate(
            "() => performance.getEntriesByType('resource').map(one => new URL(one.name).pathname)"
                + " .filter(path => !/^\\/(api|health)\\//.test(path))");

    assertThat(loaded)
        .asInstanceOf(list(String.class))
        .anyMatch(path -> path.endsWith("/app.js"))
        .anyMatch(path -> path.endsWith("/page.css"))
        .allSatisfy(
            path -> {
              Api.Answer file = compressed(path);
              assertThat(file.header("Cache-Control"))
                  .isEqualTo("public, max-age=31536000, immutable");
            });
    Api.Answer another = VISITOR.get("/v/of-another-release/app.js");
    assertThat(another.status()).isEqualTo(404);
    assertThat(another.header("Cache-Control")).doesNotContain("max-age");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/index.html",
        "/favicon.svg",
        "/fleetcast-client.js",
        "/client/directory.js",
        "/client/followed.js",
        "/client/hub.js",
        "/client/link.js",
        "/client/sse.js",
        "/client/subscriptions.js",
        "/client/worker.js"
      })
  void what_has_a_lasting_address_is_asked_for_again_before_it_is_used(String path) {
    Api.Answer file = compressed(path);
    assertThat(file.header("Cache-Control")).isEqualTo("no-cache");

    Api.Answer again = VISITOR.with("If-None-Match", file.header("ETag")).get(path);
    assertThat(again.status()).isEqualTo(304);
    Api.Answer changed =
        VISITOR
            .with("If-None-Match", "W/\"of another release\"")
            .with("If-Modified-Since", file.header("Last-Modified"))
            .get(path);
    assertThat(changed.status()).isEqualTo(200);
  }

  /** The file as a browser gets it: what is worth it comes compressed. */
  private static Api.Answer compressed(String path) {
    Api.Answer plain = VISITOR.get(path);
    Api.Answer file = VISITOR.with("Accept-Encoding", "gzip, deflate, br").get(path);
    assertThat(file.status()).isEqualTo(200);
    assertThat(file.header("Content-Encoding"))
        .isEqualTo(plain.body().length() < SMALL ? "" : "gzip");
    return file;
  }

  @Test
  void signing_out_leads_back_to_the_login() {
    console.signIn().open(device);

    page.getByText("Sign out").click();

    assertThat(console.signInLink()).isVisible();
    assertThat(page.locator("#console")).isHidden();
  }
}
