package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;
import static org.fleetcast.it.Operator.TOPIC;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import jakarta.json.Json;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Proxy;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The JavaScript client in real tabs, over a network that breaks. */
class ClientIT {
  private static final int RESUME_SECONDS = 20;
  private static final Mosquitto BROKER = Mosquitto.open();
  private static final Fleetcast SERVER =
      Fleetcast.prepared()
          .with("MQTT_URL", BROKER.url())
          .with("ELASTICSEARCH_URL", SharedStack.get().elasticsearch().uri().toString())
          .with("SSE_HEARTBEAT_INTERVAL", "2")
          .with("SSE_RESUME_SECONDS", Integer.toString(RESUME_SECONDS))
          .with("SSE_REPLAY_MAX_LINES", "10")
          .start();

  private static final MqttPublisher DEVICE = MqttPublisher.connected(URI.create(BROKER.url()));
  @AutoClose private static final Browser BROWSER = Browser.started();

  private final Proxy network = Proxy.before(SERVER.uri());
  private final String entityId = Operator.unique("sensor.client");
  private final Operator editor = Operator.editor(SERVER);
  private final int deviceId = editor.device(entityId);
  private final BrowserContext profile = BROWSER.window(network.uri()).context();

  @AfterAll
  static void stop() {
    DEVICE.close();
    SERVER.close();
    BROKER.close();
  }

  @AfterEach
  void leave() {
    profile.close();
    network.close();
    eventually().untilAsserted(() -> assertThat(gauge("sse_connections_active")).isZero());
  }

  @Test
  void tabs_share_one_stream_and_one_subscription_until_the_last_one_goes() {
    Page one = following();
    Page two = following();
    assertThat(two.evaluate("() => window.fleet.shared")).isEqualTo(true);
    assertThat(watchers()).hasSize(1);
    eventually().untilAsserted(() -> assertThat(gauge("sse_connections_active")).isEqualTo(1));

    publish("to both");
    awaitMessages(one, "to both");
    awaitMessages(two, "to both");

    one.close();
    publish("to the one that is left");
    awaitMessages(two, "to both", "to the one that is left");
    assertThat(watchers()).hasSize(1);

    two.close();
    eventually().untilAsserted(() -> assertThat(watchers()).isEmpty());
  }

  @Test
  void a_tab_lets_go_of_its_own_devices_when_it_closes_and_when_it_crashes() {
    Page stays = following();
    int other = editor.device(Operator.unique("sensor.other"));
    Page closes = following(other, "{}");
    assertThat(watchers(other)).hasSize(1);
    closes.close();
    eventually().untilAsserted(() -> assertThat(watchers(other)).isEmpty());

    Page crashes = following(other, "{}");
    assertThat(watchers(other)).hasSize(1);
    crash(crashes);
    eventually().untilAsserted(() -> assertThat(watchers(other)).isEmpty());

    publish("still here");
    awaitMessages(stays, "still here");
  }

  @Test
  void what_is_published_while_the_network_is_cut_is_there_once_after_it() {
    Page page = following();
    publish("before");
    awaitMessages(page, "before");

    network.cut();
    awaitState(page, "reconnecting");
    publish("meanwhile 1", "meanwhile 2");
    publish("meanwhile 3");
    network.mend();

    awaitMessages(page, "before", "meanwhile 1", "meanwhile 2", "meanwhile 3");
    assertThat(page.evaluate("() => window.fleet.state.resumed")).isEqualTo(true);
    publish("after");
    awaitMessages(page, "before", "meanwhile 1", "meanwhile 2", "meanwhile 3", "after");
    assertThat(page.evaluate("() => window.gaps.length")).isEqualTo(0);
    assertThat(page.evaluate("() => window.states.filter(s => s.nextTryAt > s.since).length > 0"))
        .as("the next try was told")
        .isEqualTo(true);
  }

  @Tag("long")
  @Test
  void a_stream_that_hangs_is_noticed_and_opened_again() {
    Page page = following();
    publish("before");
    awaitMessages(page, "before");

    network.hang();
    publish("into the void");

    awaitMessages(page, "before", "into the void");
    assertThat(page.evaluate("() => window.states.map(s => s.state)"))
        .asInstanceOf(LIST)
        .containsSubsequence("live", "stale", "live");
    assertThat(page.evaluate("() => window.fleet.state.resumed")).isEqualTo(true);
  }

  @Test
  void what_the_server_could_not_keep_is_told_as_a_gap() {
    Page page = following();
    publish("before");
    awaitMessages(page, "before");

    network.cut();
    awaitState(page, "reconnecting");
    String large = "x".repeat(30_000);
    int lines =
        50; // more than the megabyte that is kept of a device, and ten lines that are replayed
    IntStream.range(0, lines).forEach(line -> publish(large));
    HistoryIT.awaitLines(editor, deviceId, 1 + lines);
    network.mend(); // not earlier: it would come back in the midst of them, and miss none or twice

    eventually()
        .until(
            () ->
                page.evaluate(
                    "lines => window.gaps.reduce((n, g) => n + g.missed, 0)"
                        + " + window.lines.length === lines + 1",
                    lines),
            Boolean.TRUE::equals);
    assertThat(page.evaluate("() => window.gaps.length")).isEqualTo(1);
    assertThat(
            page.evaluate(
                "id => window.gaps.every(g => g.device_id === id && g.missed > 0 && g.from <= g.to)",
                deviceId))
        .isEqualTo(true);
  }

  @Test
  void over_a_crash_of_the_server_a_page_misses_nothing_and_repeats_nothing() {
    Page page = following();
    publish("before 1", "before 2");
    awaitMessages(page, "before 1", "before 2");

    SERVER.kill();
    publish("in between");
    SERVER.start();
    publish("after");
    awaitMessages(page, "before 1", "before 2", "in between", "after");
    assertThat(page.evaluate("() => window.gaps.length")).isEqualTo(0);
  }

  @Tag("long")
  @Test
  void a_page_that_was_away_for_longer_than_the_server_remembers_misses_nothing() {
    Page page = following();
    publish("before");
    awaitMessages(page, "before");

    network.cut();
    publish("remembered");
    eventually().until(() -> watchers().isEmpty());
    publish("forgotten 1", "forgotten 2");
    network.mend();

    awaitMessages(page, "before", "remembered", "forgotten 1", "forgotten 2");
    assertThat(page.evaluate("() => window.fleet.state.resumed")).isEqualTo(false);
    publish("after");
    awaitMessages(page, "before", "remembered", "forgotten 1", "forgotten 2", "after");
    assertThat(page.evaluate("() => window.gaps.length")).isEqualTo(0);
  }

  @Tag("long")
  @Test
  void the_fleet_a_model_and_a_device_are_followed_on_one_stream_also_over_a_restart() {
    String other = Operator.unique("sensor.other");
    int model = editor.api().get("/api/devices/" + deviceId).json().getInt("device_model_id");
    Page one = following();
    Page fleet = following("'fleet'", "{}");
    Page ofModel = following("({model: " + model + "})", "{}");
    Page errors = following("'fleet'", "{filter: {level: 'E'}}");
    editor.device(other);
    eventually().untilAsserted(() -> assertThat(gauge("sse_connections_active")).isEqualTo(1));

    publish("I (1) t: mine");
    publishAs(other, "E (1) t: another's");
    awaitMessages(one, "I (1) t: mine");
    awaitMessages(fleet, "I (1) t: mine", "E (1) t: another's");
    awaitMessages(ofModel, "I (1) t: mine");
    awaitMessages(errors, "E (1) t: another's");

    SERVER.stop();
    publish("E (2) t: mine");
    publishAs(other, "I (2) t: another's");
    SERVER.start();
    awaitMessages(one, "I (1) t: mine", "E (2) t: mine");
    awaitMessages(ofModel, "I (1) t: mine", "E (2) t: mine");
    awaitMessages(errors, "E (1) t: another's", "E (2) t: mine");
    awaitMessages(
        fleet, "I (1) t: mine", "E (1) t: another's", "E (2) t: mine", "I (2) t: another's");

    fleet.close();
    errors.close();
    publish("I (3) t: mine");
    awaitMessages(one, "I (1) t: mine", "E (2) t: mine", "I (3) t: mine");
    awaitMessages(ofModel, "I (1) t: mine", "E (2) t: mine", "I (3) t: mine");
  }

  @Test
  void a_tail_of_the_fleet_comes_once_also_where_its_devices_are_followed_already() {
    int model = editor.api().get("/api/devices/" + deviceId).json().getInt("device_model_id");
    publish("one", "two", "three");
    HistoryIT.awaitLines(editor, deviceId, 3);
    Page first = following("({model: " + model + "})", "{tail: 2}");
    awaitMessages(first, "two", "three");
    Page second = following("'fleet'", "{tail: 2}");
    Page third = following(deviceId, "{tail: 1}");
    awaitMessages(second, "two", "three");
    awaitMessages(third, "three");

    publish("four");

    awaitMessages(first, "two", "three", "four");
    awaitMessages(second, "two", "three", "four");
    awaitMessages(third, "three", "four");
  }

  @Test
  void a_device_is_followed_to_its_new_entity_id() {
    Page page = following();
    publish("under the old name");
    awaitMessages(page, "under the old name");

    String moved = entityId + ".moved";
    String config = Json.createObjectBuilder().add("deviceEntityId", moved).build().toString();
    assertThat(new Registry(editor.api()).change(deviceId, config, true).status()).isEqualTo(200);
    publishAs(moved, "under the new name", "and one more");

    awaitMessages(page, "under the old name", "under the new name", "and one more");
  }

  @Test
  void who_leaves_a_device_and_comes_back_at_once_misses_nothing() {
    Page page = following();
    page.evaluate(
        "id => { for (let i = 0; i < 20; i++) fleet.subscribe(id, {}, () => {}).unsubscribe();"
            + " window.last = fleet.subscribe(id, {}, () => {}) }",
        deviceId);
    publish("still once");
    awaitMessages(page, "still once");
    assertThat(watchers()).hasSize(1);
  }

  @Test
  void tabs_with_different_filters_see_their_own_lines() {
    Page all = following();
    Page wifi = following(deviceId, "{filter: {contains: 'WIFI'}}");
    Page errors = following(deviceId, "{filter: {level: 'E'}}");
    assertThat(watchers()).hasSize(1);

    publish("I (1) wifi: up", "E (2) wifi: down", "E (3) heap: low", "no level");

    awaitMessages(all, "I (1) wifi: up", "E (2) wifi: down", "E (3) heap: low", "no level");
    awaitMessages(wifi, "I (1) wifi: up", "E (2) wifi: down");
    awaitMessages(errors, "E (2) wifi: down", "E (3) heap: low");
  }

  @Test
  void a_second_tab_gets_its_tail_once_and_then_the_live_lines() {
    Page first = following();
    publish("one", "two", "three");
    awaitMessages(first, "one", "two", "three");

    Page second = following(deviceId, "{tail: 2}");
    awaitMessages(second, "two", "three");
    publish("four");

    awaitMessages(second, "two", "three", "four");
    awaitMessages(first, "one", "two", "three", "four");
  }

  @Test
  void without_a_shared_worker_each_tab_has_a_stream_of_its_own() {
    profile.addInitScript("delete window.SharedWorker");
    Page one = following();
    Page two = following();
    assertThat(watchers()).hasSize(2);

    publish("to each");

    awaitMessages(one, "to each");
    awaitMessages(two, "to each");
    assertThat(two.evaluate("() => window.fleet.shared")).isEqualTo(false);
  }

  @Test
  void logging_out_in_one_tab_ends_the_others() {
    Page one = following();
    Page two = following();

    two.navigate("/api/auth/logout?redirect=/favicon.svg");

    awaitState(one, "signed-out");
    eventually()
        .atMost(Duration.ofSeconds(RESUME_SECONDS / 2)) // it is not only forgotten
        .untilAsserted(() -> assertThat(watchers()).isEmpty());
  }

  @Test
  void a_device_that_is_not_there_is_refused_in_the_servers_words() {
    Page page = tab();
    page.evaluate(
        "id => window.fleet.subscribe(id, {}, e => { window.refused = e })", Registry.NOWHERE);

    eventually()
        .until(
            () -> page.evaluate("() => window.refused?.error.message"),
            is("Device " + Registry.NOWHERE + " was not found"));
  }

  /** A new tab whose subscription to the device has been answered. */
  private Page following() {
    return following(deviceId, "{}");
  }

  private Page following(int id, String options) {
    return following(Integer.toString(id), options);
  }

  /** The same of whatever log the client can follow. */
  private Page following(String which, String options) {
    Page page = tab();
    page.evaluate(
        "([id, options]) => new Promise(done => fleet.subscribe(eval(id), eval('(' + options + ')'), e => {"
            + "  if (e.type === 'lines') window.lines.push(...e.lines.map(l => l.message));"
            + "  else if (e.type === 'gap') window.gaps.push(e.gap);"
            + "  else if (e.type === 'subscribed') done(); }))",
        List.of(which, options));
    return page;
  }

  /** A page of the origin that is not the console, with a client of its own. */
  private Page tab() {
    Page page = profile.newPage();
    page.navigate("/api/auth/login?redirect=/favicon.svg&user=" + entityId);
    page.evaluate(
        "async () => {"
            + "  const { FleetcastClient } = await import('/fleetcast-client.js');"
            + "  window.lines = []; window.gaps = []; window.states = [];"
            + "  window.fleet = new FleetcastClient({ heartbeatSeconds: 2 });"
            + "  fleet.addEventListener('state', e => window.states.push(e.detail)); }");
    return page;
  }

  private static void crash(Page page) {
    try {
      page.navigate("chrome://crash");
    } catch (PlaywrightException crashed) {
      return;
    }
    throw new AssertionError("the tab did not crash");
  }

  private void publish(String... messages) {
    publishAs(entityId, messages);
  }

  private static void publishAs(String entityId, String... messages) {
    StringBuilder lines = new StringBuilder();
    for (String message : messages) {
      lines.append(
          Json.createObjectBuilder().add("entity_id", entityId).add("message", message).build());
      lines.append('\n');
    }
    DEVICE.publish(TOPIC, lines.toString());
  }

  private static void awaitMessages(Page page, String... messages) {
    eventually()
        .untilAsserted(
            () -> assertThat(page.evaluate("() => window.lines")).isEqualTo(List.of(messages)));
  }

  private static void awaitState(Page page, String state) {
    eventually().until(() -> page.evaluate("() => window.fleet.state.state"), is(state));
  }

  private List<String> watchers() {
    return watchers(deviceId);
  }

  /** The request ids of the streams that follow a device. */
  private List<String> watchers(int id) {
    return editor
        .api()
        .get("/api/device-logs/subscriptions?device_id=" + id)
        .json()
        .getJsonArray("subscriptions")
        .stream()
        .flatMap(watched -> watched.asJsonObject().getJsonArray("request_ids").stream())
        .map(Object::toString)
        .toList();
  }

  private int gauge(String name) {
    return (int) editor.api().metric(name, "");
  }

  /** Playwright's pages belong to the thread that made them. */
  private static ConditionFactory eventually() {
    return Awaitility.await()
        .pollInSameThread()
        .pollInterval(Duration.ofMillis(100))
        .atMost(Duration.ofSeconds(120));
  }

  private static <T> Predicate<Object> is(T expected) {
    return expected::equals;
  }
}
