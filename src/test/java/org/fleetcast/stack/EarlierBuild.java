package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The server as an earlier commit makes it, built below {@code target/before} from what git has of
 * it, without its tests; each is built once.
 */
public final class EarlierBuild {
  private static final Path BUILDS = Path.of("target", "before");
  private static final long LONGEST_MINUTES = 15;

  private final Path folder;

  private EarlierBuild(Path folder) {
    this.folder = folder;
  }

  /** Builds it, unless that was done before. */
  public static EarlierBuild of(String commit) {
    String hash = run(Path.of(""), "git rev-parse --verify --quiet '" + commit + "^{commit}'");
    EarlierBuild build = new EarlierBuild(BUILDS.resolve(hash.strip()).toAbsolutePath());
    if (!Files.isExecutable(build.program())) {
      Folders.delete(build.folder);
      Folders.create(build.folder);
      String unpack = "git archive " + hash.strip() + " | tar -x -C '" + build.folder + "'";
      String said = run(Path.of(""), unpack);
      assert said.isEmpty();
      run(
          build.folder,
          "mvn -o -B -ntp package -Dmaven.test.skip=true -Dspotless.check.skip=true"
              + " -Delasticsearch.skip -Dkeycloak.skip > build.log");
    }
    return build;
  }

  /** The program that starts it. */
  Path program() {
    return folder.resolve("target/liberty/wlp/bin/server");
  }

  private static String run(Path where, String command) {
    try {
      Process process =
          new ProcessBuilder("sh", "-c", command)
              .directory(where.toAbsolutePath().toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      CompletableFuture.delayedExecutor(LONGEST_MINUTES, TimeUnit.MINUTES)
          .execute(
              () -> {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
              });
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.onExit().join().exitValue();
      if (exit != 0) {
        throw new IllegalStateException("It ended with " + exit + " in " + where + ": " + command);
      }
      return said;
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }
}
