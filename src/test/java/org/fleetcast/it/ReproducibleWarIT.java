package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What two builds of the same sources make. */
@Tag("long")
class ReproducibleWarIT {
  private static final List<String> SOURCES = List.of("pom.xml", "src", "liberty", "server.xml");

  /** Compiled, bundled and packed once more, without what only checks or tests. */
  private static final List<String> BUILD =
      List.of(
          "-o",
          "-B",
          "-q",
          "-DskipTests",
          "-Dmaven.test.skip=true",
          "-Dspotless.check.skip=true",
          "-Denforcer.skip=true",
          "prepare-package",
          "war:war",
          "antrun:run@modes");

  /** No umask makes such modes of files, so none can be what the war's are made by. */
  private static final Set<PosixFilePermission> MODES =
      PosixFilePermissions.fromString("rwx------");

  @TempDir private Path folder;

  @Test
  void are_the_same_war_at_another_place_in_another_language_and_with_other_modes()
      throws IOException, InterruptedException {
    for (String source : SOURCES) {
      copy(Path.of(source));
    }
    Command.Outcome built = Command.outcome(folder, command(), variables());
    assertThat(built.exit()).as("%s %s", built.out(), built.err()).isZero();
    assertThat(folder.resolve("target/fleetcast.war"))
        .hasSameBinaryContentAs(Path.of("target/fleetcast.war"));
  }

  private static List<String> command() {
    String maven = Path.of(System.getProperty("maven.home"), "bin", "mvn").toString();
    String repository = "-Dmaven.repo.local=" + System.getProperty("maven.repo.local");
    List<String> strict = List.of("sh", "-c", "umask 077 && exec \"$@\"", "sh");
    return Stream.of(strict, List.of(maven, repository), BUILD).flatMap(List::stream).toList();
  }

  private static Map<String, String> variables() {
    return Map.of(
        "JAVA_HOME",
        System.getProperty("java.home"),
        "HOME",
        System.getProperty("user.home"),
        "MAVEN_OPTS",
        "-Xmx512m -Duser.timezone=Asia/Tokyo -Duser.language=de");
  }

  private void copy(Path source) throws IOException {
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Path copy = Files.copy(file, folder.resolve(file));
        Files.setPosixFilePermissions(copy, MODES);
      }
    }
  }
}
