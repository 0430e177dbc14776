package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import org.fleetcast.problem.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSchemaTest {
  private static final String CHANNEL =
      "{\"properties\":{\"wifi\":{\"properties\":{\"channel\":{\"type\":\"integer\"}}}},"
          + "\"required\":[\"deviceName\"]}";

  @Test
  void a_config_that_satisfies_the_schema_passes() {
    assertThatCode(() -> check(CHANNEL, "{\"deviceName\":\"a\",\"wifi\":{\"channel\":6}}"))
        .doesNotThrowAnyException();
  }

  @Test
  void a_config_that_does_not_is_told_where_it_fails() {
    assertThatThrownBy(
            () -> check(CHANNEL, "{\"deviceName\":\"a\",\"wifi\":{\"channel\":\"six\"}}"))
        .isInstanceOf(Problem.class)
        .hasMessage("config: at /wifi/channel: string found, integer expected");
    assertThatThrownBy(() -> check(CHANNEL, "{}"))
        .hasMessage("config: at /: required property 'deviceName' not found");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://json-schema.org/draft-04/schema#",
        "http://json-schema.org/draft-06/schema#",
        "http://json-schema.org/draft-07/schema#",
        "http://json-schema.org/draft-07/schema",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema"
      })
  void every_common_draft_is_understood(String draft) {
    String schema = "{\"$schema\":\"" + draft + "\",\"required\":[\"a\"]}";
    assertThatThrownBy(() -> check(schema, "{}")).hasMessageContaining("'a' not found");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "\"string\"",
        "{\"type\":12}",
        "{\"type\":\"nothing\"}",
        "{\"properties\":[]}",
        "{\"pattern\":\"(\"}",
        "{\"properties\":{\"a\":{\"pattern\":\"(\"}}}",
        "{\"$schema\":\"http://example.org/mine\"}",
        "{\"$schema\":5}",
        "{\"$ref\":\"#\"}",
        "{\"$ref\":\"#/nowhere\"}",
        "{\"properties\":{\"a\":{\"$ref\":\"#/nowhere\"}}}",
        "{\"$ref\":\"classpath:META-INF/persistence.xml\"}",
        "{\"$ref\":\"file:///etc/hostname\"}"
      })
  void what_is_no_usable_schema_is_refused_on_its_field(String schema) {
    assertThatThrownBy(() -> ConfigSchema.read(schema))
        .isInstanceOf(Problem.class)
        .hasMessageMatching("(?s)config_schema: .*|The request has \\d+ invalid fields");
  }

  @Test
  void a_reference_within_the_schema_is_followed() {
    String schema =
        "{\"$defs\":{\"n\":{\"type\":\"integer\"}},"
            + "\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\"}}}";
    assertThatThrownBy(() -> check(schema, "{\"a\":\"b\"}")).hasMessageContaining("at /a:");
  }

  @Test
  void a_recursion_that_only_a_config_reaches_is_refused_too() {
    String schema = "{\"properties\":{\"a\":{\"$ref\":\"#/properties/a\"}}}";
    assertThatThrownBy(() -> check(schema, "{\"a\":1}")).isInstanceOf(Problem.class);
  }

  @Test
  void a_remote_reference_is_never_fetched() throws IOException {
    try (ServerSocket remote = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "http://127.0.0.1:" + remote.getLocalPort() + "/s.json";
      assertThatThrownBy(
              () -> check("{\"properties\":{\"a\":{\"$ref\":\"" + address + "\"}}}", "{\"a\":1}"))
          .isInstanceOf(Problem.class);
      assertThatThrownBy(() -> ConfigSchema.read("{\"$schema\":\"" + address + "\"}"))
          .isInstanceOf(Problem.class);
      remote.setSoTimeout(1);
      assertThatThrownBy(remote::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }

  private static void check(String schema, String config) {
    ConfigSchema.read(schema).check(DeviceConfig.read(config));
  }
}
