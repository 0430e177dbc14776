package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the server's keys are protected by, as {@code liberty/etc/server.env} sees to it. */
@SuppressWarnings("NullAway.Init")
class KeyPasswordsTest {
  private static final String NAME = "keystore_password";
  private static final String OTHER = "ltpa_keys_password";

  @TempDir Path folder;

  @Test
  void an_output_folder_gets_passwords_of_its_own_and_keeps_them() throws Exception {
    Map<String, String> first = started(Map.of());

    assertThat(first.get(NAME)).matches("[0-9a-f]{48}").isNotEqualTo(first.get(OTHER));
    assertThat(started(Map.of())).isEqualTo(first);
    assertThat(Files.getPosixFilePermissions(keys().resolve(NAME)))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void a_password_that_is_given_is_the_one_and_nothing_is_kept() throws Exception {
    assertThat(started(Map.of(NAME, "given", OTHER, "too")))
        .isEqualTo(Map.of(NAME, "given", OTHER, "too"));
    assertThat(keys()).doesNotExist();
  }

  @Test
  void keys_that_nobody_has_the_password_of_are_put_aside() throws Exception {
    Files.createDirectories(keys());
    Files.writeString(keys().resolve("key.p12"), "another password's");

    started(Map.of());

    assertThat(keys().resolve("key.p12")).doesNotExist();
    assertThat(keys().resolve("key.p12.before")).hasContent("another password's");
  }

  @Test
  void a_password_in_the_file_of_the_server_itself_is_left_to_it() throws Exception {
    Path own = Files.createDirectories(folder.resolve("install/usr/servers/fleetcast"));
    Files.writeString(own.resolve("server.env"), NAME + "=own\n");

    assertThat(started(Map.of())).containsOnlyKeys(OTHER);
  }

  @Test
  void without_an_output_folder_they_are_where_the_server_is_installed() throws Exception {
    Map<String, String> first = started(Map.of("WLP_OUTPUT_DIR", ""));

    assertThat(first.get(NAME)).matches("[0-9a-f]{48}");
    assertThat(folder.resolve("install/usr/servers/fleetcast/resources/security").resolve(NAME))
        .hasContent(first.get(NAME));
  }

  @Test
  void where_nothing_can_be_kept_the_password_is_at_random_all_the_same() throws Exception {
    Files.writeString(folder.resolve("output"), "no folder");

    assertThat(started(Map.of()).get(NAME)).matches("[0-9a-f]{48}");
  }

  private Path keys() {
    return folder.resolve("output/fleetcast/resources/security");
  }

  /** Runs the file as the command {@code server} does. */
  private Map<String, String> started(Map<String, String> given)
      throws IOException, InterruptedException {
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", ". liberty/etc/server.env; env");
    shell.environment().remove("WLP_USER_DIR");
    shell
        .environment()
        .putAll(
            Map.of(
                "WLP_OUTPUT_DIR", folder.resolve("output").toString(),
                "WLP_INSTALL_DIR", folder.resolve("install").toString(),
                "SERVER_NAME", "fleetcast"));
    shell.environment().putAll(given);
    Process process = shell.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    Map<String, String> found = new TreeMap<>();
    said.lines()
        .map(line -> line.split("=", 2))
        .filter(pair -> pair[0].equals(NAME) || pair[0].equals(OTHER))
        .forEach(pair -> found.put(pair[0], pair[1]));
    return found;
  }
}
