package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The file that the command {@code server} runs before anything else. */
class EmptySettingsTest {
  private static final String FILE = "liberty/etc/server.env";

  @Test
  void an_empty_setting_of_every_key_is_as_one_that_is_not_set() throws Exception {
    TreeSet<String> names = new TreeSet<>(List.of("HTTP_PORT", "HTTPS_PORT", "DATABASE_URL"));
    names.addAll(List.of("DATABASE_USERNAME", "DATABASE_PASSWORD", "WLP_LOGGING_CONSOLE_FORMAT"));
    Catalogue.read().stringPropertyNames().forEach(key -> names.add(Catalogue.variable(key)));
    ProcessBuilder shell = shell();
    names.forEach(name -> shell.environment().put(name, ""));
    assertThat(names).contains("MQTT_CLIENT_ID", "BASEURL", "ROTATION_CRITICAL_THRESHOLD_DAYS");

    assertThat(environment(shell))
        .filteredOn(line -> names.contains(line.split("=", 2)[0]))
        .isEmpty();
  }

  @Test
  void what_is_set_stays_also_beside_text_of_several_lines_that_looks_alike() throws Exception {
    ProcessBuilder shell = shell();
    String text = "line\nMQTT_URL=\nend";
    shell.environment().putAll(Map.of("MQTT_URL", "mqtt://x", "WIFI_PASSWORD", text, "FOO", ""));

    assertThat(environment(shell))
        .contains("MQTT_URL=mqtt://x", "WIFI_PASSWORD=line")
        .doesNotContain("FOO=");
  }

  private static ProcessBuilder shell() {
    return new ProcessBuilder("sh", "-c", ". " + FILE + "; env");
  }

  private static List<String> environment(ProcessBuilder shell)
      throws IOException, InterruptedException {
    Process process = shell.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.lines().toList();
  }
}
