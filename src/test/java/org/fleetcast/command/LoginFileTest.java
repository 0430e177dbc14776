package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.fleetcast.command.Login.Renewal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoginFileTest {
  private static final Renewal RENEWAL =
      new Renewal(URI.create("http://issuer/token"), "cli", null, "refresh-me");
  private static final Login LOGIN = new Login("http://server", "the-token", RENEWAL);

  @TempDir Path folder;

  @Test
  void a_login_is_kept_in_a_file_that_only_its_owner_can_read() throws Exception {
    LoginFile file = LoginFile.of(Map.of("XDG_CONFIG_HOME", folder.toString(), "HOME", "/none"));
    assertThat(file.read()).isEmpty();
    file.write(new Login("http://server", "before", null));
    file.write(LOGIN);

    assertThat(file.read()).contains(LOGIN);
    Path home = folder.resolve("fleetcast");
    assertThat(permissions(home)).isEqualTo("rwx------");
    try (Stream<Path> files = Files.list(home)) {
      assertThat(files)
          .singleElement()
          .satisfies(only -> assertThat(permissions(only)).isEqualTo("rw-------"));
    }
    assertThat(file.delete()).isTrue();
    assertThat(file.delete()).isFalse();
    assertThat(file.read()).isEmpty();
  }

  @Test
  void without_a_folder_of_its_own_it_is_in_the_home() throws Exception {
    LoginFile.of(Map.of("XDG_CONFIG_HOME", "relative", "HOME", folder.toString())).write(LOGIN);

    assertThat(folder.resolve(".config/fleetcast/login.json")).exists();
  }

  @Test
  void a_file_of_somebody_else_is_told_in_a_sentence() throws IOException {
    Path home = Files.createDirectories(folder.resolve("fleetcast"));
    Files.writeString(home.resolve("login.json"), "{\"token\":");
    LoginFile file = LoginFile.of(Map.of("XDG_CONFIG_HOME", folder.toString()));

    assertThatThrownBy(file::read)
        .isInstanceOf(Failure.class)
        .hasMessageContaining("is not what 'fleetcast login' writes: remove it");
  }

  @Test
  void nothing_that_is_secret_is_in_its_text() {
    assertThat(LOGIN + " " + RENEWAL).doesNotContain("the-token", "refresh-me");
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
