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
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.MqttPublisher;
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
  void signingOutLeadsBackToTheLogin() {
    openDevice();

    page.getByText("Sign out").click();

    assertThat(signInLink()).isVisible();
    assertThat(page.locator("#console")).isHidden();
  }

  private void openDevice() {
    page.navigate("/");
    signInLink().click();
    assertThat(page.locator("#connection")).hasText("Live");
    page.getByLabel("Search devices").fill(entityId);
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(deviceName)).click();
    assertThat(page).hasURL(Pattern.compile(".*/#/devices/\\d+$"));
    // Said only after the subscription and the history: what is published from here on comes live.
    assertThat(page.locator("#log-empty")).containsText("No lines yet");
  }

  private Locator signInLink() {
    return page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Sign in"));
  }

  private Locator rows() {
    return page.locator("#rows .row");
  }

  private void publish(String message) {
    String line =
        Json.createObjectBuilder().add("entity_id", entityId).add("message", message).build()
            + "\n";
    try (MqttPublisher device = MqttPublisher.connected(URI.create(STACK.broker().url()))) {
      device.publish("iotsupport/logsink", line);
    }
  }
}
