package org.fleetcast.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One of the commands that are packaged beside the server, as the process that somebody starts. */
final class Command {
  private Command() {}

  /** How it ended, and each line that it said. */
  record Outcome(int exit, List<String> out, List<String> err) {}

  /** Runs a packaged command to its end, with these settings and no others. */
  static Outcome run(Path folder, String name, Map<String, String> settings, String... arguments)
      throws IOException, InterruptedException {
    Path script = Path.of("target", "liberty", "wlp", "bin", name).toAbsolutePath();
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    Map<String, String> all = new HashMap<>(settings);
    all.put("JAVA_HOME", System.getProperty("java.home"));
    return outcome(folder, command, all);
  }

  /** Runs any program to its end, in a folder that takes what it says. */
  static Outcome outcome(Path folder, List<String> command, Map<String, String> variables)
      throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().retainAll(List.of("PATH"));
    builder.environment().putAll(variables);
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    int exit = process.waitFor();
    return new Outcome(exit, Files.readAllLines(out), Files.readAllLines(err));
  }
}
