package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whether everybody can use the console: every page of it is held against WCAG 2.2 AA by axe-core,
 * light and dark, on a wide screen, on a phone, and at 200 %.
 */
class ConsoleAccessIT {
  /** A browser at 200 % lays 1280 pixels out as 640. */
  private static final List<Integer> WIDTHS = List.of(1280, 640, 360);

  private static final int HEIGHT = 800;
  private static final String AXE = axe();
  private static final String VIOLATIONS =
      "async () => { const found = await axe.run(document, { runOnly:"
          + " ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });"
          + " return found.violations.flatMap(({ id, nodes }) =>"
          + "   nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)) }";

  /** What is wider than the place it has, so that one would have to scroll sideways. */
  private static final String TOO_WIDE =
      "() => ['html', '#main', '#bar'].filter(name => {"
          + " const element = document.querySelector(name);"
          + " return element.scrollWidth > element.clientWidth })";

  @AutoClose private static final Browser BROWSER = Console.browser();

  @AutoClose private final Console console = Console.in(BROWSER);
  private final Page page = console.page();
  private final List<String> faults = new ArrayList<>();

  /** An address of the console, and what is there as soon as the page is complete. */
  private record Place(String hash, String complete) {}

  @Tag("long")
  @Test
  void every_page_is_for_everybody() {
    Sensor sensor = Sensor.registered();
    sensor.publish(
        "E (1) motor: over-current", "W (2) wifi: weak", "I (3) boot: up", "D (4) heap: free");
    sensor.publishRaw("{\"entity_id\":\"E\",\"temp\":nan}");
    Sensor silent = Sensor.registered();
    console.signIn();
    page.evaluate(AXE);
    for (Place place : places(sensor, silent)) {
      console.go(place.hash());
      assertThat(page.locator(place.complete()).first()).isVisible();
      look(place.hash());
    }
    assertThat(faults).isEmpty();
  }

  private static Stream<Place> pagesOf(Sensor sensor) {
    int model =
        Operator.editor(SharedStack.get().fleetcast())
            .api()
            .get("/api/devices/" + sensor.id())
            .json()
            .getInt("device_model_id");
    return Stream.of(
        new Place("/devices/" + sensor.id(), ".unreadable a"),
        new Place("/dead-letters?device=" + sensor.id(), ".letter"),
        new Place("/devices/" + sensor.id() + "/edit", "#editor form"),
        new Place("/models/" + model, "#models form"));
  }

  private static List<Place> places(Sensor sensor, Sensor silent) {
    return Stream.concat(
            pagesOf(sensor),
            Stream.of(
                new Place("/", "#fleet"),
                new Place("/devices/" + silent.id(), "#log-title"),
                new Place("/devices/" + sensor.id() + "?without=x&tag=motor&regex=o", ".chip"),
                new Place("/devices/" + sensor.id() + "," + silent.id(), ".rows .row"),
                new Place("/devices/999999/edit", "#editor-notice"),
                new Place("/devices/new", "#editor form"),
                new Place("/rotation", "#groups"),
                new Place("/models", "#model-list"),
                new Place("/models/new", "#models form")))
        .toList();
  }

  @Tag("long")
  @Test
  void so_is_what_opens_above_pages() {
    Sensor sensor = Sensor.registered();
    console.signIn();
    page.evaluate(AXE);
    page.keyboard().press("?");
    assertThat(page.locator("#keys")).isVisible();
    look("keys");
    page.keyboard().press("Escape");

    console.go("/devices/" + sensor.id() + "/edit");
    page.getByText("Show credentials").click();
    assertThat(page.locator("#credentials .shown")).isVisible();
    page.getByLabel("Config", exactly()).fill("{\"deviceName\": 1,}");
    assertThat(page.locator("#config-faults")).containsText("comma");
    look("a fault and credentials");

    page.locator("#delete-device").click();
    assertThat(page.locator("#confirm")).isVisible();
    look("a question");
    assertThat(faults).isEmpty();
  }

  @Tag("long")
  @Test
  void so_is_what_opens_above_a_log() {
    Sensor sensor = Sensor.registered();
    sensor.publish("E (1) motor: over-current");
    console.signIn().go("/devices/" + sensor.id() + "?level=W");
    page.evaluate(AXE);
    console.rows().first().locator(".text").click();
    page.keyboard().press("i");
    assertThat(page.locator(".line-details dd").first()).isVisible();
    look("all fields of a line");
    page.keyboard().press("v");
    page.locator(".view-title").fill("Kept");
    page.keyboard().press("Enter");
    assertThat(page.locator(".view-link")).isVisible();
    look("views");
    page.keyboard().press("Escape");
    for (String key : List.of("x", "T")) {
      console.scroller().press(key);
      assertThat(page.locator("dialog[open]")).isVisible();
      look("dialog " + key);
      page.keyboard().press("Escape");
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void so_is_the_login() {
    page.navigate("/");
    assertThat(console.signInLink()).isVisible();
    page.evaluate(AXE);
    look("login");
    assertThat(faults).isEmpty();
  }

  private void look(String where) {
    for (ColorScheme colors : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
      page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(colors));
      for (int width : WIDTHS) {
        page.setViewportSize(width, HEIGHT);
        String here = where + " " + colors + " " + width + ": ";
        all(VIOLATIONS).forEach(fault -> faults.add(here + fault));
        all(TOO_WIDE).forEach(wide -> faults.add(here + wide + " is too wide"));
      }
    }
    page.setViewportSize(WIDTHS.get(0), HEIGHT);
  }

  private List<?> all(String script) {
    return (List<?>) page.evaluate(script);
  }

  private static Page.GetByLabelOptions exactly() {
    return new Page.GetByLabelOptions().setExact(true);
  }

  private static String axe() {
    try (InputStream script = ConsoleAccessIT.class.getResourceAsStream("/axe.min.js")) {
      if (script == null) {
        throw new IllegalStateException("axe-core is not on the class path");
      }
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
