package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders that come and go with a part. */
public final class Folders {
  private static final int TRIES = 20;

  private Folders() {}

  static Path temporary(String name) {
    try {
      return Files.createTempDirectory("fleetcast-" + name + "-");
    } catch (IOException refused) {
      throw new UncheckedIOException("No temporary folder could be made", refused);
    }
  }

  static Path create(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException refused) {
      throw new UncheckedIOException("The folder " + folder + " could not be made", refused);
    }
  }

  /** Everything below a folder and the folder itself, parents first. */
  static List<Path> tree(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Copies a folder with all that is in it. */
  public static void copy(Path from, Path to) {
    try {
      for (Path source : tree(from)) {
        Path target = to.resolve(from.relativize(source).toString());
        if (Files.isDirectory(source)) {
          Files.createDirectories(target);
        } else {
          Files.copy(source, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    } catch (IOException broken) {
      throw new UncheckedIOException("The folder " + from + " could not be copied", broken);
    }
  }

  /** Deletes a folder with all that is in it. A process that just ended may still add a file. */
  static void delete(Path folder) {
    for (int tries = 1; Files.exists(folder); tries++) {
      try {
        deleteOnce(folder);
      } catch (IOException | UncheckedIOException changing) {
        if (tries == TRIES) {
          throw new IllegalStateException("The folder " + folder + " stays behind", changing);
        }
      }
    }
  }

  private static void deleteOnce(Path folder) throws IOException {
    for (Path path : tree(folder).stream().sorted(Comparator.reverseOrder()).toList()) {
      try {
        Files.delete(path);
      } catch (NoSuchFileException gone) {
        // Somebody else removed it first, which is as good.
      }
    }
  }
}
