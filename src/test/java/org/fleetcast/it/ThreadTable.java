package org.fleetcast.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.fleetcast.bench.Jcmd;

/** The names of threads in the table of {@code architecture.md}, where "…" stands for anything. */
record ThreadTable(List<String> names) {
  private static final String OURS = "fleetcast-";
  private static final Path DOCUMENT = Path.of("src/site/markdown/architecture.md");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");
  private static final Pattern THREAD = Pattern.compile("^\"(.*)\" #[0-9]+ ", Pattern.MULTILINE);

  static ThreadTable read() {
    try {
      List<String> names =
          Files.readString(DOCUMENT)
              .lines()
              .dropWhile(line -> !line.startsWith("| thread "))
              .takeWhile(line -> line.startsWith("|"))
              .map(row -> row.split("\\|", -1)[1])
              .flatMap(cell -> NAME.matcher(cell).results().map(name -> name.group(1)))
              .toList();
      return new ThreadTable(names);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The names of the threads of a JVM that we named. */
  static List<String> running(long pid) {
    return THREAD
        .matcher(Jcmd.run(pid, "Thread.print"))
        .results()
        .map(thread -> thread.group(1))
        .filter(name -> name.startsWith(OURS))
        .toList();
  }

  /** Whether a thread is in the table. */
  boolean has(String thread) {
    return names.stream().anyMatch(name -> pattern(name).matcher(thread).matches());
  }

  /** Those of ours that are there as long as a server runs that is alone. */
  List<Pattern> ours() {
    return names.stream()
        .filter(name -> name.startsWith(OURS))
        .filter(
            name ->
                !name.matches(
                    "fleetcast-(farewell|handover|reader-…|writer-…|lease|follower|announcements)"))
        .map(ThreadTable::pattern)
        .toList();
  }

  private static Pattern pattern(String name) {
    return Pattern.compile(
        List.of(name.split("…", -1)).stream().map(Pattern::quote).collect(Collectors.joining(".*")),
        Pattern.DOTALL);
  }
}
