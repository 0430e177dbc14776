package org.fleetcast.sink;

import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.fleetcast.cluster.BatchLog;
import org.fleetcast.problem.Setting;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * Where the journal's file lies. One whose content cannot be read is renamed and never deleted, so
 * that the sink begins anew and somebody can still look for the lines in it.
 */
final class JournalFolder {
  private static final Logger LOG = System.getLogger(JournalFolder.class.getName());
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Path folder;
  private final Path path;

  /** Becomes the journal when all of it is there, in the place of one that is broken. */
  private final Path fresh;

  JournalFolder(Path folder) {
    this.folder = folder;
    this.path = folder.resolve("journal.mv");
    this.fresh = folder.resolve("journal.mv.new");
  }

  /** As {@link Journal#open}. */
  Journal open(long maxBytes, Instant now) {
    try {
      Files.createDirectories(folder);
      if (!Files.exists(path) && Files.exists(fresh)) {
        Files.move(fresh, path); // the process ended between the two moves of its becoming it
      }
      try {
        return open(maxBytes, now, null);
      } catch (MVStoreException | NumberFormatException failure) {
        if (!isBroken(failure)) {
          throw failure;
        }
        String aside = salvaged(failure);
        return open(maxBytes, now, aside == null ? putAside(now, failure) : aside);
      }
    } catch (IOException | MVStoreException | NumberFormatException unusable) {
      throw Setting.bad(
          "JOURNAL_DIR cannot be used, or another process has it open: " + folder, unusable);
    }
  }

  /** A copy of the journal that replicas share, made anew. */
  SharedJournal copy(BatchLog batches) {
    Path file = folder.resolve("shared.mv");
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(file);
      ChangeRecorder recorder = new ChangeRecorder();
      JournalFile copy = new JournalFile(file.toString(), recorder);
      return new SharedJournal(copy, recorder, batches);
    } catch (IOException unusable) {
      throw Setting.bad("JOURNAL_DIR cannot be used: " + folder, unusable);
    }
  }

  private Journal open(long maxBytes, Instant now, @Nullable String brokenFile) {
    JournalFile file = new JournalFile(path.toString(), this);
    try {
      return new Journal(file, maxBytes, now, brokenFile);
    } catch (RuntimeException unusable) {
      file.drop();
      throw unusable;
    }
  }

  /**
   * Whether it is the content that cannot be read. A file that is locked, of a later version, or on
   * a disk that refuses, is not broken.
   */
  static boolean isBroken(RuntimeException failure) {
    if (failure instanceof MVStoreException store) {
      return switch (store.getErrorCode()) {
        case DataUtils.ERROR_FILE_CORRUPT,
            DataUtils.ERROR_CHUNK_NOT_FOUND,
            DataUtils.ERROR_BLOCK_NOT_FOUND,
            DataUtils.ERROR_SERIALIZATION ->
            true;
        case DataUtils.ERROR_READING_FAILED -> store.getCause() instanceof EOFException;
        default -> false;
      };
    }
    return failure instanceof NumberFormatException;
  }

  /**
   * Puts a copy of all that can be read into the place of a journal of which a part cannot.
   *
   * @param broken is closed then
   * @return the name of the file that was put aside; null when all of it can be read
   */
  @Nullable String salvage(JournalFile.Maps broken, RuntimeException failure) {
    try {
      Files.deleteIfExists(fresh);
      JournalFile copy = new JournalFile(fresh.toString());
      JournalSalvage.Lost lost;
      try {
        lost = JournalSalvage.copy(broken, copy);
        copy.close(last -> {});
      } finally {
        copy.drop(); // where the disk has no room for it
      }
      if (lost.isNothing()) {
        Files.delete(fresh);
        return null;
      }
      broken.store().closeImmediately();
      Path aside = aside(Instant.now());
      Files.move(path, aside);
      try {
        Files.move(fresh, path);
      } catch (IOException refused) {
        Files.move(aside, path);
        throw refused;
      }
      LOG.log(
          Level.ERROR,
          "A part of the journal cannot be read: lines in it that are not yet in Elasticsearch are"
              + " lost there, the broken file is kept and the rest goes on "
              + lost
              + " file="
              + aside,
          failure);
      return String.valueOf(aside.getFileName());
    } catch (IOException | RuntimeException refused) {
      LOG.log(Level.ERROR, "The readable part of the journal cannot be copied", refused);
      deleteCopy();
      return null;
    }
  }

  /** It would take the room that the journal needs. */
  private void deleteCopy() {
    try {
      if (Files.exists(path)) {
        Files.deleteIfExists(fresh);
      }
    } catch (IOException stays) {
      LOG.log(Level.DEBUG, "The copy stays", stays);
    }
  }

  private Path aside(Instant now) {
    String name = path.getFileName() + ".broken-" + TIME.format(now);
    Path aside = folder.resolve(name);
    for (int n = 2; Files.exists(aside); n++) {
      aside = folder.resolve(name + "-" + n);
    }
    return aside;
  }

  /** A journal that cannot be opened, but copied; gives the name of the broken file, else null. */
  private @Nullable String salvaged(RuntimeException failure) {
    if (!(failure instanceof MVStoreException unreadable)) {
      return null;
    }
    JournalFile file = new JournalFile(path.toString(), this);
    try {
      return file.salvage(unreadable);
    } catch (MVStoreException none) {
      LOG.log(Level.DEBUG, "Nothing of the journal can be read", none);
      return null;
    } finally {
      file.drop();
    }
  }

  private String putAside(Instant now, RuntimeException failure) throws IOException {
    Path aside = aside(now);
    Files.move(path, aside);
    LOG.log(
        Level.ERROR,
        "The journal cannot be read: lines in it that are not yet in Elasticsearch are lost there,"
            + " the broken file is kept and a new journal begins file="
            + aside,
        failure);
    return String.valueOf(aside.getFileName());
  }
}
