package org.fleetcast.sink;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/** Where the journal is kept: in a file of this process, or shared by all replicas. */
interface JournalStorage {
  /**
   * The maps, opened again if need be.
   *
   * @throws MVStoreException when the disk refuses
   * @throws IllegalStateException after the end
   */
  JournalFile.Maps maps();

  /**
   * In which turn this process may append; it has another one after another replica's.
   *
   * @throws NotHolderException when another replica is to append
   */
  long turn();

  /** Whether the archive is to read from here. */
  boolean isArchivedHere();

  /**
   * Makes a change safe, for good when it returns.
   *
   * @param turn in which it was made
   * @param messages the new lines, as others are to be shown them
   * @throws MVStoreException when it is refused for now; nothing of the change shows then
   * @throws NotHolderException when that turn is over
   */
  JournalFile.Maps commit(
      long turn, List<Delivery.Taken> messages, Consumer<JournalFile.Maps> change);

  /** Changes what is held of lines that a search finds, which nobody else needs to know. */
  JournalFile.Maps tidy(Consumer<JournalFile.Maps> change);

  /**
   * After a part of it could not be read, goes on with the rest of it.
   *
   * @return the name of the file that was put aside; null when nothing was done
   */
  default @Nullable String salvage(MVStoreException failure) {
    return null;
  }

  /** Gives room back to the disk. */
  void compact();

  /** What the last commit that is safe says. */
  JournalView.Facts facts();

  /** As {@link Journal#find}. */
  List<JournalLine> find(
      long from, long to, boolean backward, int limit, Predicate<JournalLine> wanted);

  /** Ends it with what is committed, and a last change where that is possible. */
  void close(Consumer<JournalFile.Maps> last);
}
