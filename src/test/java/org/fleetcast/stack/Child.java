package org.fleetcast.stack;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process of ours with everything it started, and the file that its output goes to. */
final class Child {
  /** What a child sees of our own environment: a setting of the developer's shell is no input. */
  private static final Set<String> INHERITED =
      Set.of("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR");

  private static final Duration PATIENCE_AFTER_KILL = Duration.ofSeconds(60);

  private final Process process;
  private final Path output;
  private final long outputBefore;

  private Child(Process process, Path output, long outputBefore) {
    this.process = process;
    this.output = output;
    this.outputBefore = outputBefore;
  }

  /** Starts a program with the given variables and no input; its output is added to a file. */
  static Child start(List<String> command, Map<String, String> variables, Path output) {
    AtExit.refuseWhileEnding();
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().retainAll(INHERITED);
    builder.environment().putAll(variables);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    long outputBefore = output.toFile().length();
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return new Child(process, output, outputBefore);
    } catch (IOException refused) {
      throw new UncheckedIOException("The program " + command.get(0) + " did not start", refused);
    }
  }

  /** Runs a short program to its end and tells whether it succeeded. */
  static boolean succeeds(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.onExit().thenApply(ended -> ended.exitValue() == 0).join();
    } catch (IOException missing) {
      return false;
    }
  }

  long pid() {
    return process.pid();
  }

  /** The process id of the first process that it started; empty before there is one. */
  Optional<Long> first() {
    return process.children().findFirst().map(ProcessHandle::pid);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  void awaitEnd() {
    process.onExit().join();
  }

  /**
   * Asks to end (SIGTERM), waits, and kills what is still there then.
   *
   * @return whether it ran until it was asked, and ended by itself
   */
  boolean terminate(Duration patience) {
    boolean ran = isAlive();
    List<ProcessHandle> all = all();
    process.destroy();
    boolean ended = ends(all, patience);
    if (!ended) {
      kill(all);
    }
    return ran && ended;
  }

  /** Ends everything at once (SIGKILL). */
  void kill() {
    kill(all());
  }

  /** Stops everything where it is (SIGSTOP): it keeps its connections and answers nothing. */
  void suspend() {
    signal("STOP");
  }

  /** Lets everything go on after {@link #suspend()}. */
  void resume() {
    signal("CONT");
  }

  /** The last lines that it said. */
  String tail(int lines) {
    List<String> all = said().lines().toList();
    return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
  }

  /** What it said since it was started. */
  String said() {
    try (InputStream in = Files.newInputStream(output)) {
      in.skipNBytes(outputBefore);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      return "(" + output + " cannot be read)";
    }
  }

  private void signal(String name) {
    for (ProcessHandle each : all()) {
      if (!succeeds("kill", "-" + name, Long.toString(each.pid()))) {
        throw new IllegalStateException("SIG" + name + " could not be sent pid=" + each.pid());
      }
    }
  }

  private List<ProcessHandle> all() {
    return Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
  }

  private static void kill(List<ProcessHandle> all) {
    all.forEach(ProcessHandle::destroyForcibly);
    ends(all, PATIENCE_AFTER_KILL);
  }

  private static boolean ends(List<ProcessHandle> all, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    for (ProcessHandle each : all) {
      long left = Math.max(0, deadline - System.nanoTime());
      boolean ended =
          each.onExit()
              .thenApply(gone -> true)
              .completeOnTimeout(false, left, TimeUnit.NANOSECONDS)
              .join();
      if (!ended) {
        return false;
      }
    }
    return true;
  }
}
