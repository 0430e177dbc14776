package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.WaitUntilState;
import jakarta.json.Json;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The overview of a fleet that nobody else's devices are in. */
@SuppressWarnings("NullAway.Init")
class ConsoleFleetIT {
  private static final int MANY = 5_000;
  private static final String LOGS = Operator.unique("overview") + "/logsink";

  /** A round trip of 300 ms, and 1.6 Mbit/s. */
  private static final JsonObject SLOW_LINK =
      JsonParser.parseString(
              "{'offline':false,'latency':300,'downloadThroughput':200000,'uploadThroughput':200000}")
          .getAsJsonObject();

  @AutoClose private static final Browser BROWSER = Console.browser();

  private static Postgres database;
  private static Fleet fleet;

  @AutoClose private Console console;
  private Page page;

  @BeforeAll
  static void start() {
    SharedStack stack = SharedStack.get();
    database = Postgres.started();
    fleet = Fleet.prepared(database, stack.broker());
    fleet
        .server()
        .with("LOG_TOPIC", LOGS)
        .with("ELASTICSEARCH_URL", stack.elasticsearch().uri().toString())
        .start();
  }

  @AfterAll
  static void stop() {
    fleet.server().close();
    database.close();
  }

  @BeforeEach
  void signInToAnEmptyFleet() {
    fleet.sql("delete from device");
    console = Console.in(BROWSER, fleet.uri()).signIn();
    page = console.page();
    page.mouse().move(0, 0); // rows do not change places under the pointer
  }

  @Test
  void an_operator_sees_who_logs_who_is_silent_and_who_has_errors() {
    assertThat(page.getByText("No devices yet")).isVisible();
    String boiler = Operator.unique("boiler");
    int id = register("Boiler", boiler);
    register("Attic window", Operator.unique("attic"));
    String hostile = "<img src=x onerror=\"document.title='owned'\">\u202e";
    String entity = Operator.unique("hostile");
    register(hostile, entity);

    assertThat(rows()).hasCount(3); // without a press on anything
    publish(boiler, "I (12) boot: up");
    assertThat(row("Boiler").locator(".fleet-last")).hasText("Iboot: up");
    assertThat(row("Boiler").locator(".fleet-age")).hasText(Pattern.compile("\\d+ (s|min)"));
    assertThat(rows().first()).containsText("Boiler");
    assertThat(number("logging")).hasText("1 logging now");
    assertThat(number("silent")).hasText("2 silent");

    publish(boiler, "E (13) boot: too hot");
    publish(entity, "<script>throw 1</script>");
    assertThat(row("Boiler").getByLabel("1 error")).hasText("E 1");
    assertThat(row("Boiler").getByRole(AriaRole.IMG).first())
        .hasAttribute(
            "aria-label", Pattern.compile("2 lines in the last hour, at most [12] a minute"));
    assertThat(row("<img").locator(".fleet-link")).hasText(hostile);
    assertThat(row("<img").locator(".fleet-message")).hasText("<script>throw 1</script>");
    assertThat(page.locator("#fleet img, #fleet script")).hasCount(0);
    assertThat(page).hasTitle("Fleetcast");

    number("errors").click();
    assertThat(rows()).hasCount(1);
    assertThat(found()).hasText("1 of 3 devices");
    number("silent").click();
    assertThat(rows()).hasCount(1);
    assertThat(rows()).containsText("Attic window");
    search().fill("boiler");
    assertThat(page.getByText("No device matches.")).isVisible();
    page.getByText("Show all devices").click();
    assertThat(rows()).hasCount(3);

    page.locator("#fleet-title").focus();
    page.keyboard().press("/");
    page.keyboard().type("boil");
    assertThat(rows()).hasCount(1);
    page.keyboard().press("ArrowDown");
    assertThat(rows()).hasAttribute("aria-selected", "true");
    page.keyboard().press("Enter");
    assertThat(page).hasURL(Pattern.compile(".*/#/devices/" + id + "$"));
    assertThat(console.texts().last()).containsText("too hot");
    page.goBack();
    assertThat(search()).hasValue("boil");
    assertThat(rows()).hasCount(1);
    rows().click();
    assertThat(page).hasURL(Pattern.compile(".*/#/devices/" + id + "$"));
  }

  @Test
  void who_fails_now_is_seen_with_its_last_error_which_leads_to_it_in_the_log() {
    String boiler = Operator.unique("boiler");
    int id = register("Boiler", boiler);
    String attic = Operator.unique("attic");
    register("Attic window", attic);
    publish(boiler, "E (13) boot: too hot");
    publish(boiler, "I (14) boot: cooling");
    publish(attic, "I (1) boot: up");
    page.reload();
    Locator error = row("Boiler").locator(".fleet-error");
    assertThat(error).hasText(Pattern.compile("\\d+ (s|min) agoboot: too hot"));
    assertThat(row("Boiler").locator(".fleet-line")).hasText("Iboot: cooling");
    assertThat(number("errors")).hasText("1 with errors");
    assertThat(row("Attic").locator(".fleet-error")).isHidden();
    header("Last line and error").click();
    assertThat(rows().first()).containsText("Boiler");
    assertThat(page.locator("[data-sort=failed]")).hasAttribute("aria-sort", "ascending");

    error.click();
    assertThat(console.linked()).containsText("too hot");
    page.goBack();
    row("Boiler").getByLabel("1 error").click();
    assertThat(page).hasURL(Pattern.compile(".*/#/devices/" + id + "\\?level=E$"));
    page.goBack();
    rows().first().hover();
    page.locator("#fleet-grid").focus();
    page.keyboard().press("Home");
    page.keyboard().press("e");
    assertThat(page).hasURL(Pattern.compile(".*/#/devices/" + id + "\\?level=E$"));
  }

  @Test
  void a_device_whose_lines_cannot_be_read_is_marked_and_leads_to_them() {
    String boiler = Operator.unique("boiler");
    int id = register("Boiler", boiler);
    try (MqttPublisher device = MqttPublisher.connected(SharedStack.get().broker().uri())) {
      device.publish(LOGS, "{\"entity_id\":\"" + boiler + "\",\"temp\":nan}");
    }
    Awaitility.await()
        .atMost(SOON)
        .until(
            () -> fleet.editor().get("/api/dead-letters?device_id=" + id).body().contains(boiler));
    page.reload();
    row("Boiler").getByText("1 unreadable").click();
    assertThat(page.locator(".letters .letter")).hasCount(1);
    assertThat(page.locator(".letters .whose")).hasText("Boiler");
  }

  @Tag("long")
  @Test
  void five_thousand_devices_are_a_few_rows_and_found_as_one_types() {
    String last = Operator.unique("last");
    register("Zeppelin", last);
    enrolMany();
    assertThat(found()).hasText("5,001 devices");
    assertThat(rows().count()).isBetween(10, 100);

    String atOnce =
        page.evaluate(
                "() => { const search = document.querySelector('#fleet-search');"
                    + " const millis = words => { const began = performance.now();"
                    + "   search.value = words; search.dispatchEvent(new Event('input'));"
                    + "   return performance.now() - began };"
                    + " let least = Infinity;" // of five: the page is measured, not the machine
                    + " for (let i = 0; i < 5; i++) {"
                    + "   millis(''); least = Math.min(least, millis('meter 4321')) }"
                    + " return document.querySelector('#fleet-found').textContent + ', '"
                    + "   + document.querySelectorAll('.fleet-space .fleet-row').length + ' row'"
                    + "   + (least < 500 ? '' : ', late') }")
            .toString();
    assertThat(atOnce).isEqualTo("1 of 5,001 devices, 1 row");
    assertThat(rows()).containsText("meter.4321");
    search().clear();

    header("Device").click();
    assertThat(rows().first()).containsText("Meter 1");
    assertThat(page.getByRole(AriaRole.COLUMNHEADER).first())
        .hasAttribute("aria-sort", "ascending");
    page.locator("#fleet-grid").focus();
    page.keyboard().press("End");
    assertThat(row("Zeppelin")).isVisible();
    assertThat(row("Zeppelin")).hasAttribute("aria-rowindex", "5002");
    assertThat(rows().count()).isBetween(10, 100);

    page.keyboard().press("Home");
    header("Age").click();
    rows().nth(1).hover();
    String first = rows().first().locator(".fleet-link").textContent();
    publish(last, "I (1) zeppelin: here I am");
    assertThat(page.getByText("Order held while you point at it")).isVisible();
    assertThat(number("logging")).hasText("1 logging now");
    assertThat(rows().first().locator(".fleet-link")).hasText(first);
    search().hover();
    assertThat(rows().first()).containsText("here I am");
  }

  @Tag("long")
  @Test
  void a_slow_link_shows_the_fleet_within_three_seconds_and_half_of_that_the_next_time() {
    register("Boiler", Operator.unique("boiler"));
    CDPSession network = page.context().newCDPSession(page);
    page.navigate("about:blank");
    network.send("Network.enable");
    network.send("Network.clearBrowserCache");
    network.send("Network.emulateNetworkConditions", SLOW_LINK);

    double first = millisUntilTheFleetIsShown();
    double next = Double.MAX_VALUE;
    // The best of three: the link is measured, not what else the machine does.
    for (int visit = 0; visit < 3; visit++) {
      page.navigate("about:blank");
      next = Math.min(next, millisUntilTheFleetIsShown());
    }

    System.out.printf("console over a slow link: first=%.0f ms next=%.0f ms%n", first, next);
    assertThat(first).isLessThan(3_000);
    assertThat(next).isLessThan(1_500);
  }

  private double millisUntilTheFleetIsShown() {
    page.navigate("/", new Page.NavigateOptions().setWaitUntil(WaitUntilState.COMMIT));
    Object millis =
        page.waitForFunction(
                "() => document.querySelector('.fleet-space .fleet-link')?.offsetParent"
                    + " && performance.now()")
            .jsonValue();
    return ((Number) millis).doubleValue();
  }

  private Locator rows() {
    return page.locator(".fleet-space .fleet-row");
  }

  private Locator row(String name) {
    return rows().filter(new Locator.FilterOptions().setHasText(name));
  }

  private Locator number(String name) {
    return page.locator(".fleet-counts [data-count=" + name + "]");
  }

  private Locator found() {
    return page.locator("#fleet-found");
  }

  private Locator search() {
    return page.getByLabel("Search the fleet");
  }

  private Locator header(String words) {
    return page.locator(".fleet-columns")
        .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(words));
  }

  private static int register(String name, String entityId) {
    Api editor = fleet.editor();
    String config =
        Json.createObjectBuilder()
            .add("deviceName", name)
            .add("deviceEntityId", entityId)
            .build()
            .toString();
    Api.Answer device = new Registry(editor).create(new Registry(editor).newModel(), config);
    assertThat(device.status()).as(device.body()).isEqualTo(201);
    return device.json().getInt("id");
  }

  /** By the database: their clients at the issuer are not needed here, and would take minutes. */
  private static void enrolMany() {
    fleet.sql(
        "insert into device (id, device_key, device_model_id, active, config, device_name,"
            + " device_entity_id, rotation_state, created_at, updated_at)"
            + " select nextval('device_seq'), 'k' || lpad(i::text, 7, '0'),"
            + " (select max(id) from device_model), true, '{}', 'Meter ' || i, 'meter.' || i, 'OK',"
            + " now(), now() from generate_series(1, "
            + MANY
            + ") i");
  }

  private static void publish(String entityId, String message) {
    String line =
        Json.createObjectBuilder().add("entity_id", entityId).add("message", message).build()
            + "\n";
    try (MqttPublisher device = MqttPublisher.connected(SharedStack.get().broker().uri())) {
      device.publish(LOGS, line);
    }
  }
}
