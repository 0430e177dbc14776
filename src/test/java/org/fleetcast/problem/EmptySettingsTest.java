package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @Test
  void browsers_are_kept_to_https_where_that_is_how_they_come() throws Exception {
    for (String base : List.of("https://fleet.example", "HTTPS://fleet.example")) {
      ProcessBuilder shell = shell();
      shell.environment().put("BASEURL", base);
      assertThat(environment(shell))
          .contains("TRANSPORT_HEADER=Strict-Transport-Security: max-age=31536000");
    }
    ProcessBuilder shell = shell();
    shell.environment().put("BASEURL", "http://https.example");
    assertThat(environment(shell)).noneMatch(line -> line.startsWith("TRANSPORT_HEADER="));
  }

  @Test
  void what_is_for_those_who_run_it_has_a_port_of_its_own_where_one_is_set() throws Exception {
    ProcessBuilder shell = shell();
    shell.environment().putAll(Map.of("MANAGEMENT_PORT", "9081", "JVM_ARGS", "-Xmx1g"));
    assertThat(environment(shell))
        .contains("MANAGEMENT_ENABLED=true", "JVM_ARGS=-Xmx1g -Dadmin.virtual.host=management");

    ProcessBuilder none = shell();
    none.environment().putAll(Map.of("MANAGEMENT_PORT", "", "JVM_ARGS", "-Xmx1g"));
    assertThat(environment(none))
        .contains("JVM_ARGS=-Xmx1g")
        .noneMatch(line -> line.startsWith("MANAGEMENT_"));
  }

  @Test
  void the_database_s_password_comes_from_a_file(@TempDir Path folder) throws Exception {
    String file = Files.writeString(folder.resolve("secret"), "a $b 'c'\n").toString();
    ProcessBuilder shell = shell();
    shell.environment().put("DATABASE_PASSWORD_FILE", file);
    assertThat(environment(shell)).contains("JDBC_PASSWORD=a $b 'c'");

    Files.writeString(Path.of(file), "of \\n another system\r\n\r\n");
    shell.environment().put("DATABASE_PASSWORD_FILE", " " + file + "\r");
    assertThat(environment(shell)).contains("JDBC_PASSWORD=of \\n another system");

    shell.environment().put("DATABASE_PASSWORD", "another");
    assertThat(environment(shell))
        .contains("JDBC_URL=jdbc:h2:mem:refused")
        .noneMatch(line -> line.startsWith("JDBC_PASSWORD="));

    ProcessBuilder nowhere = shell();
    nowhere.environment().put("DATABASE_PASSWORD_FILE", file + "no");
    assertThat(environment(nowhere)).contains("JDBC_URL=jdbc:h2:mem:refused");
  }

  @ParameterizedTest
  @CsvSource({
    "true,,,localhost",
    "Yes,http://localhost:9080,,localhost",
    "1,https://127.0.0.1/,,localhost",
    "on,http://[::1]:80,,localhost",
    "false,,,",
    ",,,",
    "true,https://fleet.example,,localhost",
    "true,https://fleet.example,0.0.0.0,0.0.0.0",
    "true,,*,*",
    "' true',,,localhost",
    "'true\r',,,localhost",
    "'\u2003on',,' ',localhost",
    "Off,,,",
  })
  void the_local_login_makes_it_listen_on_loopback(
      @Nullable String login, @Nullable String baseUrl, @Nullable String host, @Nullable String is)
      throws Exception {
    ProcessBuilder shell = shell();
    Map<String, String> environment = shell.environment();
    Stream.of("FLEETCAST_LOCAL_LOGIN", "BASEURL", "HTTP_HOST", "OIDC_ISSUER_URL")
        .forEach(environment::remove);
    put(environment, "FLEETCAST_LOCAL_LOGIN", login);
    put(environment, "BASEURL", baseUrl);
    put(environment, "HTTP_HOST", host);

    assertThat(environment(shell))
        .filteredOn(line -> line.startsWith("HTTP_HOST="))
        .isEqualTo(is == null ? List.of() : List.of("HTTP_HOST=" + is));
  }

  private static void put(Map<String, String> environment, String name, @Nullable String value) {
    if (value != null) {
      environment.put(name, value);
    }
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
