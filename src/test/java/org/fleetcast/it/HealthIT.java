package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.microshed.testing.jaxrs.RESTClient;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class HealthIT {
  @RESTClient
  @SuppressWarnings("NullAway.Init")
  public static Health health;

  private final Api nobody = Api.at(SharedStack.get().fleetcast().uri());

  @ParameterizedTest
  @ValueSource(strings = {"live", "ready", "started"})
  void healthIsUpWithoutLogin(String kind) {
    try (Response answer = health.of(kind)) {
      assertThat(answer.getStatus()).isEqualTo(200);
      assertThat(answer.readEntity(JsonObject.class).getString("status")).isEqualTo("UP");
    }
  }

  @Test
  void readyIsDownUntilTheBrokerHasGrantedASubscribeAndLiveIsUpAllTheTime() {
    try (Mosquitto broker = Mosquitto.open();
        Fleetcast server = Fleetcast.prepared().with("MQTT_URL", broker.url())) {
      broker.stop();
      server.startUnready();
      Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> server.isUp("/health/started"));
      Api.Answer ready = Api.at(server.uri()).get("/health/ready");
      assertThat(ready.status()).isEqualTo(503);
      assertThat(server.isUp("/health/live")).isTrue();
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(Api.at(server.uri()).get("/health/ready").body())
                      .contains(
                          "\"state\":\"away\"",
                          "\"subscribed\":\"never since the start\"",
                          "\"reason\":\"nobody listens at mqtt.url\""));
      broker.start();
      Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> server.isUp("/health/ready"));
      broker.stop();
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(Api.at(server.uri()).get("/health/ready").body())
                      .contains("\"state\":\"away\""));
      assertThat(server.isUp("/health/ready")).isTrue();
    }
  }

  @Test
  void openApiIsServedWithoutLogin() {
    Api.Answer answer = nobody.with("Accept", "application/json").get("/openapi");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().getString("openapi")).startsWith("3.");
  }

  @Test
  void metricsAreServedWithoutLogin() {
    Api.Answer answer = nobody.get("/metrics");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).contains("# TYPE ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nope",
        "/nope/deeper.html",
        "/api",
        "/api/nope",
        "/problem",
        "/internal",
        "/internal/x"
      })
  void anUnknownPathIsNotFoundAsJson(String path) {
    expect(404, "ROUTE_NOT_FOUND", "There is nothing at this address", "GET", path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH"})
  void aMethodThatAnAddressDoesNotHaveIsRefusedAsJson(String method) {
    expect(
        405,
        "METHOD_NOT_ALLOWED",
        "This method is not allowed at this address",
        method,
        "/api/auth/self");
  }

  @Test
  void aRequestIdThatIsNotSaneIsReplaced() {
    Api.Answer answer = nobody.with("X-Request-ID", "a b<c>").get("/api/nope");

    assertThat(answer.header("X-Request-ID")).matches("[0-9a-f-]{36}");
    assertThat(answer.json().getString("correlationId")).isEqualTo(answer.header("X-Request-ID"));
  }

  private void expect(int status, String code, String error, String method, String path) {
    Api.Answer answer =
        nobody.with("X-Request-ID", "it-1").send(method, path, "application/json", "");

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).startsWith("application/json");
    assertThat(answer.header("X-Request-ID")).isEqualTo("it-1");
    assertThat(answer.json())
        .isEqualTo(
            Json.createObjectBuilder()
                .add("error", error)
                .add("code", code)
                .add("details", Json.createObjectBuilder())
                .add("correlationId", "it-1")
                .build());
  }

  /** What Liberty tells of the application's health. */
  @Path("/health")
  public interface Health {
    @GET
    @Path("{kind}")
    Response of(@PathParam("kind") String kind);
  }
}
