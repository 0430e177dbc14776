package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Proxy;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the console says while the server, or a part of it, is not to be had: nothing untrue. */
@Tag("long")
class ConsoleOutageIT {
  /** A heartbeat is missed only after 37 seconds. */
  private static final double EARLY_MILLIS = 15_000;

  private static final Pattern AS_OF = Pattern.compile("as of \\d\\d:\\d\\d:\\d\\d");

  @AutoClose private static final Browser BROWSER = Console.browser();

  @AutoClose private final Proxy network = Proxy.before(SharedStack.get().fleetcast().uri());
  @AutoClose private final Console console = Console.in(BROWSER, network.uri());
  private final Page page = console.page();
  private final Sensor device = Sensor.registered();

  @Test
  void a_fleet_that_cannot_be_asked_is_shown_as_it_was_and_nobody_becomes_silent() {
    page.clock().install();
    console.signIn();
    device.publish("I (1) boot: up");
    page.getByLabel("Search the fleet").fill(device.entityId());
    Locator row = page.locator(".fleet-space .fleet-row");
    assertThat(row.locator(".fleet-message")).hasText("boot: up");
    assertThat(row).hasAttribute("data-state", "logging");

    network.swallow();
    page.clock().fastForward("06:00");
    assertThat(page.locator("#fleet-as-of")).hasText(AS_OF);
    assertThat(page.locator("#fleet-notice")).containsText("The server does not answer.");
    assertThat(console.connection()).not().hasText("Live");
    assertThat(row).hasAttribute("data-state", "logging");
    assertThat(row.locator(".fleet-age time")).hasText(Pattern.compile("\\d+ s"));
    page.getByLabel("Show").selectOption("silent");
    assertThat(page.locator("#fleet-found")).hasText(Pattern.compile("0 of .*"));
    page.getByLabel("Show").selectOption("");

    network.mend();
    page.clock().fastForward("00:20"); // what still waits is over
    device.publish("W (2) boot: up again");
    assertThat(row.locator(".fleet-message")).hasText("boot: up again");
    assertThat(page.locator("#fleet-as-of")).isHidden();
    assertThat(page.locator("#fleet-notice")).isHidden();
  }

  @Test
  void marks_of_unreadable_lines_say_of_when_they_are_while_these_cannot_be_counted() {
    page.clock().install();
    device.publish("I (1) boot: up");
    device.publishRaw("{\"entity_id\":\"E\",\"temp\":nan}");
    String letters = "/api/dead-letters?device_id=" + device.id();
    Operator operator = Operator.editor(SharedStack.get().fleetcast());
    Awaitility.await().until(() -> operator.api().get(letters).body().contains("nan"));
    console.signIn();
    page.getByLabel("Search the fleet").fill(device.entityId());
    Locator inFleet = page.locator(".fleet-space .fleet-unreadable");
    assertThat(inFleet).hasText("1 unreadable");
    page.route("**/api/dead-letters?*", route -> route.abort());
    page.clock().fastForward("01:01");
    assertThat(inFleet).hasText(Pattern.compile("1 unreadable, " + AS_OF));
    page.unroute("**/api/dead-letters?*");
    page.clock().fastForward("01:01");
    assertThat(inFleet).hasText("1 unreadable");

    console.go("/devices/" + device.id());
    Locator inLog = page.locator(".unreadable");
    assertThat(inLog).hasText("1 unreadable line, show");
    page.route("**/api/dead-letters?*", route -> route.abort());
    page.clock().fastForward("00:31");
    assertThat(inLog.locator(".as-of")).hasText(AS_OF);
    page.unroute("**/api/dead-letters?*");
    page.clock().fastForward("00:31");
    assertThat(inLog.locator(".as-of")).isHidden();
  }

  @Test
  void where_lines_are_dense_a_dead_stream_is_noticed_early_and_no_line_is_missed() {
    console.signIn().open(device);
    List<String> published = new ArrayList<>();
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(250))
        .until(() -> publishNext(published) > 60);
    assertThat(console.row("line 60")).isVisible();

    network.swallow();
    publishNext(published);
    assertThat(console.connection())
        .not()
        .hasText("Live", new LocatorAssertions.HasTextOptions().setTimeout(EARLY_MILLIS));
    network.mend();
    publishNext(published);
    assertThat(console.row("line 62")).isVisible();
    assertThat(console.connection()).hasText("Live");
    assertThat(console.allRows()).isEqualTo(published);
  }

  private int publishNext(List<String> published) {
    String next = "line " + published.size();
    device.publish(next);
    published.add(next);
    return published.size() - 1;
  }

  @Test
  void a_notice_goes_with_its_cause_and_never_stands_beside_a_badge_that_says_live() {
    console.signIn();
    network.cut();
    console.go("/rotation");
    assertThat(page.locator("#rotation-notice")).containsText("The server cannot be reached.");
    assertThat(console.connection()).not().hasText("Live");
    network.mend();
    assertThat(page.locator("#groups .healthy")).containsText("device");
    assertThat(page.locator("#rotation-notice")).isHidden();
    assertThat(console.connection()).hasText("Live");

    network.cut();
    assertThat(page.locator("#rotation-as-of")).hasText(AS_OF);
    console.go("/models");
    assertThat(page.locator("#models-notice")).containsText("The server cannot be reached.");
    network.mend();
    assertThat(page.locator("#model-list")).isVisible();
    assertThat(page.locator("#models-notice")).isHidden();
  }

  @Test
  void without_broker_or_elasticsearch_one_line_says_what_works() {
    SharedStack stack = SharedStack.get();
    String name = Operator.unique("outage").replace('.', '-');
    try (Proxy broker = Proxy.before(stack.broker().uri());
        Proxy elasticsearch = Proxy.before(stack.elasticsearch().uri());
        Fleetcast server =
            Fleetcast.prepared()
                .with("MQTT_URL", "mqtt://localhost:" + broker.uri().getPort())
                .with("MQTT_CLIENT_ID", name)
                .with("LOG_TOPIC", name + "/logsink")
                .with("ELASTICSEARCH_URL", elasticsearch.uri().toString())
                .start();
        Console near = Console.in(BROWSER, server.uri())) {
      near.page().clock().install();
      near.signIn();
      Locator line = near.page().locator("#readiness");
      assertThat(line).isHidden();

      broker.cut();
      awaitLine(near, line, "The broker is away since");
      assertThat(line).containsText("stored lines can be read");
      assertThat(near.connection()).hasText("Live");
      broker.mend();
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> lookedAgain(near, line).isEmpty());

      elasticsearch.cut();
      try (MqttPublisher device = MqttPublisher.connected(stack.broker().uri())) {
        device.publish(name + "/logsink", "{\"entity_id\":\"x\",\"message\":\"kept\"}\n");
      }
      awaitLine(near, line, "Elasticsearch takes no lines now");
    }
  }

  private static void awaitLine(Console console, Locator line, String words) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> lookedAgain(console, line).contains(words));
  }

  /** What the line says after the page has looked again. */
  private static String lookedAgain(Console console, Locator line) {
    Page page = console.page();
    page.waitForResponse("**/health/ready", () -> page.clock().fastForward("00:21"));
    return line.isVisible() ? line.textContent() : "";
  }
}
