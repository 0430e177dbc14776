package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFilesTest {
  /** What a key is called that holds a secret. */
  private static final Pattern SECRET =
      Pattern.compile("(.*[.])?(password|client[.]secret|token|secret[.]key([.]previous)?)");

  @TempDir Path folder;

  @Test
  void a_secret_comes_from_the_file_without_the_line_end_behind_it() throws IOException {
    SecretFiles files =
        named("MQTT_PASSWORD", "\ufefftwo words, ü\r\n".getBytes(StandardCharsets.UTF_8));

    assertThat(files.getValue("mqtt.password")).isEqualTo("two words, ü");
    assertThat(files.getPropertyNames()).containsExactly("mqtt.password");
    assertThat(files.getValue("secret.key")).isNull();
  }

  @Test
  void what_is_no_secret_comes_from_no_file() throws IOException {
    assertThat(named("MQTT_URL", "mqtt://elsewhere".getBytes(StandardCharsets.UTF_8)))
        .satisfies(files -> assertThat(files.getValue("mqtt.url")).isNull())
        .satisfies(files -> assertThat(files.getPropertyNames()).isEmpty());
  }

  @Test
  void a_secret_that_is_also_given_itself_is_refused() throws IOException {
    Path file = Files.writeString(folder.resolve("secret"), "hidden");
    SecretFiles files =
        new SecretFiles(Map.of("SECRET_KEY_FILE", file.toString(), "SECRET_KEY", "shown"));

    assertThatThrownBy(() -> files.getValue("secret.key"))
        .hasMessage("SECRET_KEY and SECRET_KEY_FILE are both set: leave one of them out");
  }

  @Test
  void a_file_that_cannot_be_used_is_a_sentence_that_names_the_variable_and_nothing_of_it()
      throws IOException {
    refused(new SecretFiles(Map.of("WIFI_PASSWORD_FILE", folder + "/hidden")), "can read");
    refused(new SecretFiles(Map.of("WIFI_PASSWORD_FILE", folder.toString())), "can read");
    refused(new SecretFiles(Map.of("WIFI_PASSWORD_FILE", "hidden\0")), "can read");
    refused(named("WIFI_PASSWORD", new byte[] {'\n'}), "nothing");
    refused(named("WIFI_PASSWORD", new byte[] {'h', (byte) 0xff}), "UTF-8");
    refused(named("WIFI_PASSWORD", new byte[(1 << 16) + 1]), "64 KiB");
  }

  @Test
  void an_empty_name_of_a_file_is_as_none() {
    assertThat(new SecretFiles(Map.of("SECRET_KEY_FILE", "")).getValue("secret.key")).isNull();
  }

  @Test
  void every_secret_of_the_catalogue_and_of_the_server_may_come_from_a_file() throws IOException {
    assertThat(
            Catalogue.read().stringPropertyNames().stream()
                .filter(key -> SECRET.matcher(key).matches())
                .filter(key -> !key.startsWith("old.")) // of the service taken over from
                .collect(Collectors.toSet()))
        .hasSizeGreaterThan(7)
        .doesNotContain("database.password") // the server's
        .allMatch(SecretFiles.SECRETS::contains);
    assertThat(SecretFiles.SECRETS).contains("database.password").hasSize(10);
  }

  @Test
  void it_is_found_and_asked_before_the_environment() {
    assertThat(ServiceLoader.load(ConfigSource.class))
        .filteredOn(SecretFiles.class::isInstance)
        .singleElement()
        .satisfies(files -> assertThat(files.getOrdinal()).isGreaterThan(300));
  }

  private void refused(SecretFiles files, String reason) {
    assertThatThrownBy(() -> files.getValue("wifi.password"))
        .hasMessageContaining("WIFI_PASSWORD_FILE")
        .hasMessageContaining(reason)
        .hasMessageNotContaining("hidden");
  }

  private SecretFiles named(String variable, byte[] content) throws IOException {
    Path file = Files.write(folder.resolve("secret"), content);
    return new SecretFiles(Map.of(variable + "_FILE", file.toString()));
  }
}
