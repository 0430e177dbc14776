package org.fleetcast.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process has used and holds, from {@code /proc}.
 *
 * @param cpu time on the processors since its start
 * @param residentBytes its memory that is not paged out
 */
public record Usage(Duration cpu, long residentBytes, int threads, int descriptors) {
  private static final long TICK_MILLIS = 10;

  /** What the process of that id has used and holds now. */
  public static Usage of(long pid) {
    Path process = Path.of("/proc", Long.toString(pid));
    try (Stream<Path> open = Files.list(process.resolve("fd"))) {
      String stat = Files.readString(process.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
      List<String> status = Files.readAllLines(process.resolve("status"));
      return new Usage(
          Duration.ofMillis(ticks * TICK_MILLIS),
          number(status, "VmRSS:") * 1024,
          (int) number(status, "Threads:"),
          (int) open.count());
    } catch (IOException gone) {
      throw new UncheckedIOException("The process " + pid + " cannot be looked at", gone);
    }
  }

  private static long number(List<String> status, String key) {
    return status.stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }
}
