package org.fleetcast.it;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.fleetcast.it.Command.Outcome;

/** Somebody's shell, in which the packaged command {@code fleetcast} is run against a server. */
final class Shell {
  static final Path SCRIPT = Path.of("target/liberty/wlp/bin/fleetcast").toAbsolutePath();

  /**
   * What runs in the background, as the tests of a CI may, ignores Ctrl-C, and so do its children.
   */
  private static final List<String> INTERRUPTIBLE = List.of("env", "--default-signal=INT");

  private static final Duration END_LIMIT = Duration.ofMinutes(2);

  private final Path folder;
  private final Map<String, String> variables = new HashMap<>();

  /** A shell whose configuration is in that folder, before a server. */
  Shell(Path folder, URI server) {
    this.folder = folder;
    variables.put("FLEETCAST_URL", server.toString());
    variables.put("XDG_CONFIG_HOME", folder.toString());
    variables.put("JAVA_HOME", System.getProperty("java.home"));
  }

  /** Sets a variable for all that is run from now on. */
  Shell with(String name, String value) {
    variables.put(name, value);
    return this;
  }

  Path loginFile() {
    return folder.resolve("fleetcast").resolve("login.json");
  }

  /** Runs it to its end. */
  Outcome run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    command.addAll(List.of(arguments));
    return Command.outcome(folder, command, variables);
  }

  /** Runs a line of the shell, in which {@code fleetcast} is the command, to its end. */
  Outcome line(String line) throws IOException, InterruptedException {
    String function = "fleetcast() { " + SCRIPT + " \"$@\"; }; ";
    return Command.outcome(folder, List.of("bash", "-c", function + line), variables);
  }

  /** Starts it and lets it run. */
  Running start(String... arguments) throws IOException {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    List<String> command = new ArrayList<>(INTERRUPTIBLE);
    command.add(SCRIPT.toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().retainAll(List.of("PATH"));
    builder.environment().putAll(variables);
    return new Running(
        builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out, err);
  }

  /** One that runs, and what it has said so far. */
  record Running(Process process, Path outFile, Path errFile) implements AutoCloseable {
    List<String> out() throws IOException {
      return whole(outFile);
    }

    List<String> err() throws IOException {
      return whole(errFile);
    }

    /** The lines that have an end: of the last one a part may be written. */
    private static List<String> whole(Path file) throws IOException {
      String said = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      return said.substring(0, said.lastIndexOf('\n') + 1).lines().toList();
    }

    /** Ends it as Ctrl-C does, and gives its exit code. */
    int interrupted() throws IOException, InterruptedException {
      new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor();
      if (!process.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("It goes on " + END_LIMIT + " after Ctrl-C");
      }
      return process.exitValue();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
