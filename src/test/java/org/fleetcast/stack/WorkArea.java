package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;

/**
 * What a server's first start finds out about its features and the application, and writes down
 * when it is stopped in order, and the keys that it made. The first server that is closed leaves
 * its own to all that start after it, until the application is packaged again: a start on it takes
 * a quarter less.
 */
final class WorkArea {
  private static final String NAME = "workarea";
  private static final List<String> FOLDERS = List.of(NAME, "resources");
  private static final Path KEPT = Path.of("target", "stack");
  private static final Path APPLICATION =
      Path.of("target", "liberty", "wlp", "usr", "servers", "fleetcast", "apps", "fleetcast.war");

  private WorkArea() {}

  static boolean isKept() {
    return Files.exists(kept());
  }

  /** Gives a server that has none yet the kept one. */
  static void lend(Path output) {
    if (isKept() && !Files.exists(output)) {
      copy(kept(), output);
    }
  }

  /** Keeps that of a server that was stopped in order, if it is the first. */
  static void keep(Path output) {
    if (isKept()) {
      return;
    }
    Path copy = KEPT.resolve(NAME + "-" + UUID.randomUUID());
    copy(output, copy);
    try {
      Files.move(copy, kept(), StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException anotherWasFirst) {
      Folders.delete(copy);
    } catch (IOException refused) {
      throw new UncheckedIOException("The work area could not be kept", refused);
    }
  }

  private static void copy(Path from, Path to) {
    FOLDERS.stream()
        .filter(folder -> Files.exists(from.resolve(folder)))
        .forEach(folder -> Folders.copy(from.resolve(folder), to.resolve(folder)));
  }

  private static Path kept() {
    try {
      return KEPT.resolve(NAME + "-" + Files.getLastModifiedTime(APPLICATION).toMillis());
    } catch (IOException unreadable) {
      throw new UncheckedIOException("The server is not packaged yet: run mvn package", unreadable);
    }
  }
}
