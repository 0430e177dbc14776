package org.fleetcast.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a JVM tells of itself when asked from outside. */
public final class Jcmd {
  private static final Pattern USED = Pattern.compile("heap\\s+total \\d+K, used (\\d+)K");

  private Jcmd() {}

  /** Bytes of heap that are still in use after a full collection. */
  public static long heapAfterCollection(long pid) {
    run(pid, "GC.run");
    Matcher used = USED.matcher(run(pid, "GC.heap_info"));
    if (!used.find()) {
      throw new IllegalStateException("The heap of " + pid + " is not told");
    }
    return Long.parseLong(used.group(1)) * 1024;
  }

  /** How many objects of a class are reachable. */
  static long instances(long pid, String type) {
    return run(pid, "GC.class_histogram")
        .lines()
        .map(line -> line.trim().split("\\s+", -1))
        .filter(row -> row.length > 3 && row[3].equals(type))
        .mapToLong(row -> Long.parseLong(row[1]))
        .sum();
  }

  /** Gives the answer to a command such as {@code GC.run}. */
  public static String run(long pid, String command) {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    try {
      Process process =
          new ProcessBuilder(jcmd.toString(), Long.toString(pid), command)
              .redirectErrorStream(true)
              .start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }
}
