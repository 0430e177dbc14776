package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs {@link LogInterleavings}. */
class LogInterleavingsTest {
  @ParameterizedTest
  @ValueSource(strings = {"threads", "steps"})
  void interleavings_agree_with_an_order_of_whole_operations(String how, @TempDir Path folder)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process lincheck =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // It warns of each record, which it cannot set back.
                "-Dlincheck.logLevel=ERROR",
                "-cp",
                System.getProperty("java.class.path"),
                LogInterleavings.class.getName(),
                how)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(lincheck.waitFor(10, TimeUnit.MINUTES)).isTrue();
      assertThat(lincheck.exitValue()).as(Files.readString(output)).isZero();
    } finally {
      lincheck.destroyForcibly();
    }
  }
}
