package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.NvsReader;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Models and devices as an operator keeps them in the console, and what a viewer sees of that. */
class ConsoleRegistryIT {
  private static final Pattern EDITOR_ADDRESS = Pattern.compile(".*#/devices/(\\d+)/edit$");
  private static final Pattern MODEL_ADDRESS = Pattern.compile(".*#/models/(\\d+)$");

  @AutoClose private static final Browser BROWSER = Console.browser();

  private final String code = Registry.code();
  private final Api api = Operator.editor(SharedStack.get().fleetcast()).api();
  @AutoClose private final Console console = Console.in(BROWSER);
  private final Page page = console.page();

  @Test
  void the_life_of_a_model_and_its_device() {
    console.signIn();
    createModel();
    int device = createDevice();
    takeCredentials(device);
    edit(device);
    editTogether(device);
    refuseToDeleteTheModel();
    delete(device);
  }

  private void createModel() {
    console.go("/models");
    link("New model").click();
    field("Code").fill("No Code");
    field("Name").fill("Thermometer");
    field("Config schema").fill("{\"type\": \"object\",}");
    assertThat(page.locator("#schema-faults")).containsText("There is a comma too many before }");
    page.getByText("Line 1, column 18").click();
    assertThat(field("Config schema")).isFocused();
    field("Config schema")
        .fill("{\"properties\": {\"interval\": {\"type\": \"integer\", \"minimum\": 1}}}");
    assertThat(page.locator("#schema-faults")).isEmpty();
    button("Save").click();
    assertThat(page.locator("#model-code-fault"))
        .hasText("must be 1 to 50 characters of a-z, 0-9 and _");
    assertThat(page.locator("#models-notice")).containsText("Correlation id:");
    assertThat(field("Code")).isFocused();

    field("Code").fill(code);
    page.keyboard().press("Control+s");
    assertThat(page.locator("#model-list tr", having(code))).containsText("with a schema");
  }

  private int createDevice() {
    console.go("/devices/new");
    field("Model").selectOption(page.locator("#model option", having(code)).textContent());
    Locator config = field("Config");
    config.fill("{\n  \"deviceName\": \"Attic\",\n  \"interval\": 0\n  \"enableOTA\": true\n}");
    assertThat(page.locator("#config-faults")).containsText("A comma or } is missing here");
    page.getByText("Line 4, column 3").click();
    assertThat(config).isFocused();
    button("Create device").click();
    assertThat(page).hasURL(Pattern.compile(".*#/devices/new$"));

    config.fill("{\n  \"deviceName\": \"Attic\",\n  \"interval\": 0\n}");
    assertThat(page.locator("#config-faults")).isEmpty();
    assertThat(page.locator("#reads")).containsText("Without an entity id");
    button("Create device").click();
    assertThat(page.locator("#config-faults")).containsText("must have a minimum value of 1");
    assertThat(page.locator("#config-faults")).containsText("Line 3, column 15");
    assertThat(page.locator("#editor-notice")).containsText("Correlation id:");

    config.fill("{\n  \"deviceName\": \"Attic\",\n  \"interval\": 5\n}");
    button("Create device").click();
    assertThat(page).hasURL(EDITOR_ADDRESS);
    assertThat(page.locator("#editor-status")).containsText("Created.");
    assertThat(page).hasTitle("Attic · Fleetcast");
    return idIn(EDITOR_ADDRESS);
  }

  private void takeCredentials(int device) {
    String secret =
        api.get("/api/devices/" + device + "/provisioning").json().getString("client_secret");
    assertThat(page.locator("#credentials")).not().containsText(secret);
    button("Show credentials").click();
    assertThat(page.locator("#credentials")).containsText(secret);
    button("Hide credentials").click();
    assertThat(page.locator("#credentials")).not().containsText(secret);
    Download file = page.waitForDownload(() -> button("Download as JSON").click());
    assertThat(file.suggestedFilename()).startsWith("iotdevice-" + code);
    assertThat(json(file).getString("client_secret")).isEqualTo(secret);
    page.getByText("Write them into an ESP32 by USB").click();
    field("Offset").fill("0x11000");
    Download partition = page.waitForDownload(() -> button("Download the partition").click());
    assertThat(partition.suggestedFilename()).startsWith("iotdevice-" + code).endsWith(".bin");
    assertThat(NvsReader.read(bytes(partition)).strings())
        .containsEntry("prov.client_secret", secret);
    assertThat(page.locator(".usb-command"))
        .hasText("esptool.py write_flash 0x11000 " + partition.suggestedFilename());
  }

  private void edit(int device) {
    Locator config = field("Config");
    config.fill("{\"deviceName\":\"Cellar\",\"offset\":1.0}");
    link("Models").click();
    assertThat(page.locator("#model-list")).isVisible();
    page.goBack();
    assertThat(page.locator("#editor-status")).containsText("Not saved yet");
    assertThat(config).hasValue("{\"deviceName\":\"Cellar\",\"offset\":1.0}");
    button("Format").click();
    assertThat(config).hasValue("{\n  \"deviceName\": \"Cellar\",\n  \"offset\": 1.0\n}");
    page.locator("#active").uncheck();
    config.press("Control+s");
    assertThat(page.locator("#editor-status")).containsText("Saved.");
    assertThat(page).hasTitle("Cellar · Fleetcast");
    JsonObject stored = api.get("/api/devices/" + device).json();
    assertThat(stored.getBoolean("active")).isFalse();
    assertThat(stored.getString("config"))
        .isEqualTo("{\n  \"deviceName\": \"Cellar\",\n  \"offset\": 1.0\n}");

    link("Its log").click();
    assertThat(page.locator("#log-title")).hasText("Cellar");
    page.locator("#to-editor").click();
    assertThat(page.locator("#active")).not().isChecked();
  }

  private void editTogether(int device) {
    Registry others = new Registry(api);
    Locator config = field("Config");
    Locator notice = page.locator("#editor-notice");
    config.fill("{\"deviceName\":\"Mine\"}");
    others.change(device, "{\"deviceName\":\"Theirs\"}", false);
    config.press("Control+s");
    assertThat(notice).containsText("Somebody else has saved this device meanwhile");
    assertThat(notice).containsText("deviceName is \"Theirs\" there and \"Mine\" here");
    assertThat(config).hasValue("{\"deviceName\":\"Mine\"}");
    assertThat(name(device)).isEqualTo("Theirs");
    button("Overwrite it with mine").click();
    assertThat(page).hasTitle("Mine \u00b7 Fleetcast");
    assertThat(notice).isHidden();
    assertThat(name(device)).isEqualTo("Mine");

    config.fill("{\"deviceName\":\"Mine again\"}");
    link("Models").click();
    others.change(device, "{\"deviceName\":\"Theirs again\"}", false);
    page.goBack();
    assertThat(notice).containsText("\"Theirs again\" there and \"Mine again\" here");
    assertThat(config).hasValue("{\"deviceName\":\"Mine again\"}");
    button("Load what is there").click();
    assertThat(config).hasValue("{\"deviceName\":\"Theirs again\"}");
    assertThat(notice).isHidden();

    api.post("/api/devices/" + device + "/rotate");
    config.fill("{\"deviceName\":\"Cellar\"}");
    config.press("Control+s");
    assertThat(page).hasTitle("Cellar \u00b7 Fleetcast");
    assertThat(page.locator("#editor-status")).containsText("Saved.");
  }

  private String name(int device) {
    return api.get("/api/devices/" + device).json().getString("device_name");
  }

  private void refuseToDeleteTheModel() {
    console.go("/models");
    page.locator("#model-list tr", having(code)).getByRole(AriaRole.LINK).click();
    assertThat(page.locator("#model-devices")).hasText("1 device of this model.");
    button("Delete…").click();
    question().getByText("Delete model").click();
    assertThat(question())
        .containsText("Device model " + idIn(MODEL_ADDRESS) + " has devices and cannot be deleted");
    assertThat(question()).containsText("Correlation id:");
    question().getByText("Cancel").click();
    assertThat(button("Delete…")).isFocused();
  }

  private void delete(int device) {
    console.go("/devices/" + device + "/edit");
    button("Delete…").click();
    assertThat(question()).containsText("iotdevice-" + code);
    assertThat(question()).containsText("nobody watches it now");
    assertThat(question()).containsText("Its stored log lines stay");
    question().getByText("Delete device").click();
    assertThat(page).hasURL(Pattern.compile(".*#/$"));
    assertThat(api.get("/api/devices/" + device).status()).isEqualTo(404);

    console.go("/models");
    page.locator("#model-list tr", having(code)).getByRole(AriaRole.LINK).click();
    button("Delete…").click();
    question().getByText("Delete model").click();
    assertThat(page.locator("#model-list tr", having(code))).hasCount(0);
  }

  @Test
  void what_was_written_outlives_the_end_of_the_session_but_not_for_somebody_else() {
    Sensor sensor = Sensor.registered();
    String written = "{\"deviceName\":\"%s\"}".formatted(code);
    console.signIn().go("/devices/" + sensor.id() + "/edit");
    field("Config").fill(written);
    page.context().clearCookies();
    page.keyboard().press("Control+s");
    assertThat(page.locator("#login-reason"))
        .hasText("Your session has ended. Please sign in again.");

    console.signInLink().click();
    assertThat(field("Config")).hasValue(written);
    assertThat(page.locator("#editor-status")).containsText("Not saved yet");
    new Registry(api).change(sensor.id(), "{\"deviceName\":\"Theirs\"}", true);
    page.reload();
    assertThat(page.locator("#editor-notice"))
        .containsText("deviceName is \"Theirs\" there and \"%s\" here".formatted(code));
    assertThat(field("Config")).hasValue(written);

    page.context().clearCookies();
    page.navigate("/api/auth/login?redirect=/favicon.svg&role=editor&user=" + code);
    console.go("/devices/" + sensor.id() + "/edit");
    assertThat(field("Config")).hasValue(Pattern.compile(".*Theirs.*"));
    assertThat(page.locator("#editor-status")).isEmpty();
  }

  @Tag("long")
  @Test
  void what_somebody_else_saves_or_deletes_is_told_at_once_in_every_tab() {
    Registry others = new Registry(api);
    Sensor sensor = Sensor.registered();
    sensor.publish("I (1) boot: up");
    console.signIn().openWithLines(sensor);
    Console editor = console.tab().go("/devices/" + sensor.id() + "/edit");
    Locator config = field(editor, "Config");
    Locator status = editor.page().locator("#editor-status");
    Locator notice = editor.page().locator("#editor-notice");
    assertThat(config).hasValue(Pattern.compile(".*" + sensor.entityId() + ".*"));

    String theirs =
        "{\n\"deviceName\":\"Theirs\",\"deviceEntityId\":\"" + sensor.entityId() + "\"}";
    others.change(sensor.id(), theirs.replace("\n", "\r\n"), true);
    assertThat(config).hasValue(theirs);
    assertThat(status).isEmpty(); // ends of lines are no change of the reader's
    config.fill(theirs.replace("Theirs", "Mine"));
    others.change(sensor.id(), theirs.replace("Theirs", "Others'"), true);
    assertThat(notice).containsText("deviceName is \"Others'\" there and \"Mine\" here");
    assertThat(config).hasValue(theirs.replace("Theirs", "Mine"));

    assertThat(page.locator(".deleted")).isHidden();
    assertThat(api.delete("/api/devices/" + sensor.id()).status()).isEqualTo(204);
    assertThat(page.locator(".deleted")).containsText("has been deleted");
    assertThat(console.row("I (1) boot: up")).isVisible();
    assertThat(notice).containsText("This device has been deleted meanwhile");
    editor
        .page()
        .waitForResponse(
            answer -> answer.request().method().equals("PUT") && answer.status() == 404,
            () -> config.press("Control+s"));
    assertThat(notice).isVisible();
    assertThat(status).not().containsText("Saved");
  }

  @Tag("long")
  @Test
  void a_model_that_somebody_else_saves_or_deletes_is_told_at_once() {
    int id = new Registry(api).newModel();
    console.signIn().go("/models/" + id);
    Locator notice = page.locator("#models-notice");
    assertThat(field("Name")).not().hasValue("");
    rename(id, "Theirs");
    assertThat(field("Name")).hasValue("Theirs");
    field("Name").fill("Mine");
    rename(id, "Others'");
    assertThat(notice.locator("li")).hasText("name is \"Others'\" there and \"Mine\" here");
    assertThat(field("Name")).hasValue("Mine");
    button("Load what is there").click();
    assertThat(field("Name")).hasValue("Others'");
    link("Log of its devices").click();
    assertThat(page.locator("#log-title")).hasText("All devices of model " + id);
    page.goBack();
    assertThat(field("Name")).hasValue("Others'");
    assertThat(api.delete("/api/device-models/" + id).status()).isEqualTo(204);
    assertThat(notice).containsText("This model has been deleted meanwhile");
  }

  private void rename(int model, String name) {
    JsonObject body = Json.createObjectBuilder().add("name", name).build();
    assertThat(api.put("/api/device-models/" + model, body).status()).isEqualTo(200);
  }

  @Test
  void all_faults_of_a_config_are_told_at_once_and_an_entity_id_that_another_has() {
    Sensor sensor = Sensor.registered();
    Sensor other = Sensor.registered();
    console.signIn().go("/devices/" + sensor.id() + "/edit");
    field("Config")
        .fill("{\n  \"deviceName\": 1,\n  \"deviceEntityId\": 2,\n  \"enableOTA\": 3\n}");
    assertThat(page.locator("#config-faults .fault")).hasCount(3);
    assertThat(page.locator("#config-faults")).containsText("Line 4, column 16");

    field("Config").fill("{\"deviceEntityId\":\"%s\"}".formatted(other.entityId()));
    assertThat(page.locator("#shared-entity"))
        .hasText(other.name() + " has the same entity id: the lines of both would be one log.");
    field("Config").fill("{\"deviceEntityId\":\"%s\"}".formatted(sensor.entityId()));
    assertThat(page.locator("#shared-entity")).isEmpty();
  }

  @Test
  void a_viewer_sees_all_and_can_change_nothing() {
    Sensor sensor = Sensor.registered();
    page.navigate("/api/auth/login?redirect=/favicon.svg&role=viewer&user=" + code);
    console.go("/devices/" + sensor.id() + "/edit");
    assertThat(field("Config")).hasValue(Pattern.compile(".*" + sensor.entityId() + ".*"));
    assertThat(field("Config")).hasAttribute("readonly", "");
    assertThat(page.locator("#active")).isDisabled();
    assertThat(page.locator("#read-only")).isVisible();
    assertThat(visibleButtons()).hasCount(0);
    page.keyboard().press("Control+s");

    console.go("/devices/new");
    assertThat(page.locator("#editor-title")).hasText("New device");
    assertThat(page.locator("#editor form.registry-form")).isHidden();
    console.go("/models");
    assertThat(page.locator("#model-list")).isVisible();
    page.locator("#model-list a").first().click();
    assertThat(field("Name")).hasAttribute("readonly", "");
    assertThat(visibleButtons()).hasCount(0);
    console.go("/models/new");
    assertThat(page.locator("#model-denied")).isVisible();
    console.go("/rotation");
    assertThat(page.locator("#groups .healthy")).containsText("device");
    page.getByLabel("Find a device").fill(sensor.name());
    assertThat(page.locator("#groups tbody tr")).hasCount(1);
    assertThat(page.locator("#groups tbody th a")).hasCSS("unicode-bidi", "isolate");
    assertThat(visibleButtons()).hasCount(0);
    page.getByLabel("Find a device").blur();
    page.keyboard().press("a");
    assertThat(page.locator("dialog[open]")).hasCount(0);
  }

  @Test
  void the_keys_lead_everywhere_and_are_listed() {
    console.signIn();
    page.setViewportSize(1280, 320);
    page.getByLabel("Show").focus();
    page.getByLabel("Show").selectOption("silent");
    page.keyboard().press("?"); // a list that was chosen from does not keep the keys
    assertThat(page.locator("#keys")).containsText("Go to the rotation");
    assertThat(page.locator("#keys-title")).isFocused();
    assertThat(page.locator("#keys-title")).isInViewport();
    page.setViewportSize(1280, 800);
    page.keyboard().press("g");
    page.keyboard().press("m");
    page.keyboard().press("Escape");
    assertThat(page.locator("#keys")).isHidden();
    assertThat(page).hasURL(Pattern.compile(".*/#/\\?show=silent$"));

    page.waitForCondition(
        () -> { // on a busy machine the second key may come too late for the first
          page.keyboard().press("g");
          page.keyboard().press("r");
          return page.locator("#rotation-title").isVisible();
        });
    assertThat(link("Rotation")).hasAttribute("aria-current", "page");
    assertThat(page.getByLabel("Find a device")).isVisible();
    page.keyboard().press("/");
    assertThat(page.getByLabel("Find a device")).isFocused();
    page.keyboard().type("g m?");
    assertThat(page.getByLabel("Find a device")).hasValue("g m?");
    assertThat(page.locator("#rotation-title")).isVisible();
  }

  private Locator question() {
    return page.locator("#confirm");
  }

  private Locator visibleButtons() {
    return page.locator("#main button:visible");
  }

  private Locator field(String label) {
    return field(console, label);
  }

  private static Locator field(Console there, String label) {
    return there.page().getByLabel(label, new Page.GetByLabelOptions().setExact(true));
  }

  private Locator button(String name) {
    return page.getByRole(AriaRole.BUTTON, named(name));
  }

  private Locator link(String name) {
    return page.getByRole(AriaRole.LINK, named(name));
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }

  private static Page.LocatorOptions having(String text) {
    return new Page.LocatorOptions().setHasText(text);
  }

  /** The id in the address of the page. */
  private int idIn(Pattern address) {
    Matcher matcher = address.matcher(page.url());
    assertThat(matcher.matches()).as(page.url()).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  private static byte[] bytes(Download file) {
    try (InputStream in = file.createReadStream()) {
      return in.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static JsonObject json(Download file) {
    try (InputStream in = file.createReadStream();
        JsonReader reader = Json.createReader(in)) {
      return reader.readObject();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
