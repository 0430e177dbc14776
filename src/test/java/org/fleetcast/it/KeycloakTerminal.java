package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.Keycloak;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signing in at Keycloak from a terminal, as command.md says; {@link KeycloakIT} runs it. */
class KeycloakTerminal {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;

  @BeforeAll
  static void registerTheClient() {
    Api.Answer created =
        Keycloak.shared().admin().post("/admin/realms/" + Keycloak.REALM + "/clients", client());
    assertThat(created.status()).as(created.body()).isEqualTo(201);
  }

  /** Public, for this grant alone; its access tokens live for seconds. */
  private static JsonObject client() {
    return Json.createObjectBuilder()
        .add("clientId", "fleetcast-cli")
        .add("publicClient", true)
        .add("standardFlowEnabled", false)
        .add("directAccessGrantsEnabled", false)
        .add(
            "protocolMappers",
            Json.createArrayBuilder()
                .add(audience(Keycloak.AUDIENCE))
                .add(audience(Keycloak.WEB_CLIENT))) // of a server without an audience
        .add(
            "attributes",
            Json.createObjectBuilder()
                .add("oauth2.device.authorization.grant.enabled", "true")
                .add("access.token.lifespan", "5"))
        .build();
  }

  private static JsonObject audience(String name) {
    return Json.createObjectBuilder()
        .add("name", "audience " + name)
        .add("protocol", "openid-connect")
        .add("protocolMapper", "oidc-audience-mapper")
        .add(
            "config",
            Json.createObjectBuilder()
                .add("included.custom.audience", name)
                .add("access.token.claim", "true"))
        .build();
  }

  @Tag("long")
  @Test
  void a_person_confirms_a_code_in_a_browser_and_stays_signed_in_when_the_token_is_over()
      throws Exception {
    Keycloak keycloak = Keycloak.shared();
    Shell shell =
        new Shell(folder, KeycloakIT.address())
            .with("FLEETCAST_CA_FILE", keycloak.caFile().toString());
    try (Shell.Running login = shell.start("login");
        Browser browser = Browser.started()) {
      await().atMost(SOON).until(() -> login.err().size() == 2);
      Page page = browser.window(keycloak.uri());
      page.navigate(login.err().get(0).replaceFirst("^Open ", ""));
      page.locator("#username").fill("editor");
      page.locator("#password").fill(keycloak.password());
      page.locator("#kc-login").click();
      page.locator("[name=accept]").click();
      assertThat(login.process().onExit().get().exitValue()).isZero();
      assertThat(login.err()).last().asString().matches("Signed in at .+ as .+ \\(.*editor.*\\)");
    }
    String first = Files.readString(shell.loginFile());
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              assertThat(shell.run("devices").exit()).isZero();
              assertThat(Files.readString(shell.loginFile())).isNotEqualTo(first);
            });
  }
}
