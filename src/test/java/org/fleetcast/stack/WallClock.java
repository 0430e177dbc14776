package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The time of day as one process sees it, which can be set while it runs; what measures durations
 * is left alone. By libfaketime (Debian: {@code faketime}), the variant for many threads.
 */
public final class WallClock implements AutoCloseable {
  private static final String LIBRARY = "libfaketimeMT.so.1";
  private static final List<Path> ROOTS =
      List.of(Path.of("/usr/lib"), Path.of("/usr/lib64"), Path.of("/usr/local/lib"));

  private final Path folder = Folders.temporary("clock");
  private final Path offset = folder.resolve("offset");

  private WallClock() {
    set(Duration.ZERO);
  }

  /** The right time, until it is set, for a server from its next start on. */
  public static WallClock of(Fleetcast server) {
    WallClock clock = new WallClock();
    server
        .with("LD_PRELOAD", library().toString())
        .with("FAKETIME_TIMESTAMP_FILE", clock.offset.toString())
        .with("FAKETIME_NO_CACHE", "1")
        .with("FAKETIME_DONT_RESET", "1")
        .with("DONT_FAKE_MONOTONIC", "1")
        .with("FAKETIME_FORCE_MONOTONIC_FIX", "0") // else no wait of the JVM lasts at all
        .with("NO_FAKE_STAT", "1");
    return clock;
  }

  /** Sets the clock to so much after the right time, or before it, at once. */
  public void set(Duration after) {
    Path next = folder.resolve("next");
    try {
      Files.writeString(next, "%+d".formatted(after.toSeconds()));
      Files.move(next, offset, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() {
    Folders.delete(folder);
  }

  private static Path library() {
    return ROOTS.stream()
        .filter(Files::isDirectory)
        .flatMap(root -> found(root).stream())
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException(LIBRARY + " is missing: install the package faketime"));
  }

  /** There, or below the name of a platform. */
  private static List<Path> found(Path root) {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(root, Files::isDirectory)) {
      List<Path> found = new ArrayList<>();
      folders.forEach(
          each ->
              List.of(each.resolve(LIBRARY), each.resolve("faketime").resolve(LIBRARY)).stream()
                  .filter(Files::isRegularFile)
                  .forEach(found::add));
      return found;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
