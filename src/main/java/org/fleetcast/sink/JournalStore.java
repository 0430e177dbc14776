package org.fleetcast.sink;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.SFChunk;
import org.h2.mvstore.SingleFileStore;

/**
 * H2's file, written and opened so that a power cut costs at most the commit that was under way.
 *
 * <p>H2 writes a commit (a chunk) and then the header that names it, without a sync between, and
 * believes a chunk whose first and last bytes are there. A power cut may leave the header without
 * the chunk, or the chunk with a hole; H2 then falls back to whatever chunk the file ends with. So
 * each header goes over the older of the header's two copies, at most one chunk is not yet synced,
 * and each carries a checksum, which is compared before H2 chooses the newest. A file that H2 wrote
 * by itself can be read, and H2 can read this one.
 */
final class JournalStore extends SingleFileStore {
  private static final Logger LOG = System.getLogger(JournalStore.class.getName());

  /** H2's blocks; each copy of the header takes one. */
  private static final int BLOCK = 4_096;

  private static final Pattern VERSION = Pattern.compile(",version:([0-9a-f]{1,15}),");
  private static final byte[] NO_CHUNK = {'-'};

  /**
   * Failures of the disk: to read, to write, that the store was closed by such a failure, and that
   * the file is still locked by the one that was closed.
   */
  private static final Set<Integer> OF_THE_DISK =
      Set.of(
          DataUtils.ERROR_READING_FAILED,
          DataUtils.ERROR_WRITING_FAILED,
          DataUtils.ERROR_CLOSED,
          DataUtils.ERROR_FILE_LOCKED);

  private boolean unsynced;
  private boolean bothCopiesWritten;
  private int olderCopy;
  private boolean choosing = true;
  private final Set<Long> notWhole = new HashSet<>();
  private long newestNotWhole;
  private long named;
  private boolean newestIsSure;

  private JournalStore(int cacheMegabytes) {
    super(new HashMap<>(Map.of("cacheSize", cacheMegabytes)));
  }

  /**
   * Opens a store that commits only when {@code commit} is called.
   *
   * @throws MVStoreException when the file cannot be read, or another process has it open
   */
  static MVStore open(String name, int cacheMegabytes) {
    JournalStore file = new JournalStore(cacheMegabytes);
    file.open(name, false, (char[]) null);
    // A buffer size would let the store commit half of a batch by itself.
    MVStore store =
        new MVStore.Builder()
            .adoptFileStore(file)
            .autoCommitDisabled()
            .autoCommitBufferSize(0)
            .open();
    try {
      file.check();
      return store;
    } catch (MVStoreException refused) {
      store.closeImmediately();
      throw refused;
    }
  }

  /** As if a disk refused it: what is no disk may work again too. */
  static MVStoreException refused(String sentence, Exception cause) {
    return DataUtils.newMVStoreException(
        DataUtils.ERROR_WRITING_FAILED, "{0}: {1}", sentence, cause.getMessage(), cause);
  }

  /** Whether it was the disk that failed, and may work again. */
  static boolean isOfTheDisk(MVStoreException failure) {
    if (OF_THE_DISK.contains(failure.getErrorCode())) {
      return true;
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException) {
        return true;
      }
    }
    return false;
  }

  @Override
  protected void writeFully(SFChunk chunk, long position, ByteBuffer bytes) {
    if (position == 0) {
      writeHeader(bytes);
      return;
    }
    if (!newestIsSure) {
      makeSureOfNewest();
    } else if (unsynced) {
      sync();
    }
    unsynced = true;
    ChunkChecksum.sign(bytes);
    super.writeFully(chunk, position, bytes);
  }

  private void writeHeader(ByteBuffer copies) {
    if (size() == 0) {
      super.writeFully(null, 0, copies);
      sync();
    } else if (bothCopiesWritten && !storeHeader.containsKey("clean")) {
      writeCopy(copies, olderCopy);
      olderCopy = 1 - olderCopy;
    } else {
      sync();
      writeCopy(copies, 0);
      sync();
      writeCopy(copies, 1);
      sync();
      bothCopiesWritten = true;
    }
  }

  private void writeCopy(ByteBuffer copies, int copy) {
    long position = (long) copy * BLOCK;
    super.writeFully(
        null, position, copies.duplicate().position(copy * BLOCK).limit((copy + 1) * BLOCK));
  }

  @Override
  public void sync() {
    super.sync();
    unsynced = false;
  }

  /** The file ends with what is in use: recovery looks for the newest chunk at its end. */
  @Override
  protected void shrinkStoreIfPossible(int minPercent) {
    super.shrinkStoreIfPossible(0);
  }

  /** While H2 looks for the newest chunk, one that is not whole is no chunk. */
  @Override
  public ByteBuffer readFully(SFChunk chunk, long position, int length) {
    ByteBuffer read = super.readFully(chunk, position, length);
    if (position == 0 && length == 2 * BLOCK) {
      String copies = StandardCharsets.ISO_8859_1.decode(read.duplicate()).toString();
      named = Math.min(version(copies.substring(0, BLOCK)), version(copies.substring(BLOCK)));
    } else if (chunk == null && length == ChunkChecksum.FIRST_LINE) {
      if (choosing && !isWholeAt(position, read)) {
        leaveOut(position, read);
      }
      return notWhole.contains(position) ? ByteBuffer.allocate(length) : read;
    }
    return read;
  }

  /** The version that a copy of the header names; 0 when it names none. */
  private static long version(String header) {
    Matcher version = VERSION.matcher(header);
    return version.find() ? Long.parseLong(version.group(1), 16) : 0;
  }

  /** Called when H2 has chosen: what a whole chunk refers to was synced before it. */
  @Override
  protected Iterable<SFChunk> getChunksFromLayoutMap() {
    choosing = false;
    return super.getChunksFromLayoutMap();
  }

  private boolean isWholeAt(long position, ByteBuffer line) {
    String text = ChunkChecksum.text(line);
    if (!text.startsWith("chunk:")) {
      return true;
    }
    int length = createChunk(text).len * BLOCK;
    return position + length > size()
        || ChunkChecksum.isWhole(super.readFully((SFChunk) null, position, length));
  }

  private void leaveOut(long position, ByteBuffer line) {
    LOG.log(
        Level.WARNING,
        "The last commit of the journal is not whole, as after a power cut, and is left out chunk="
            + ChunkChecksum.text(line));
    notWhole.add(position);
    newestNotWhole = Math.max(newestNotWhole, createChunk(ChunkChecksum.text(line)).version);
    try {
      super.writeFully(null, position, ByteBuffer.wrap(NO_CHUNK));
    } catch (MVStoreException refused) {
      LOG.log(Level.DEBUG, "It will be left out again at the next opening", refused);
    }
  }

  /**
   * Looks at what H2 found. What is not whole may be the commit after it, which was under way, or
   * what is left of an earlier one whose room was used again.
   *
   * @throws MVStoreException when more than a power cut has happened to the file
   */
  private void check() {
    choosing = false; // a new file has nothing to choose from
    long found = lastChunkVersion();
    if (newestNotWhole > found + 1 || found < named) {
      throw DataUtils.newMVStoreException(
          DataUtils.ERROR_FILE_CORRUPT,
          "Version {0} is named and {1} was found, version {2} is not whole",
          named,
          found,
          newestNotWhole);
    }
    // The next commit writes the header: what was found is named then, and need not be found.
    storeHeader.put("clean", 1);
  }

  /** Writes what was found at opening once more: a sync that failed leaves it in memory only. */
  private void makeSureOfNewest() {
    newestIsSure = true;
    SFChunk newest = lastChunk;
    if (newest != null) {
      long position = newest.block * BLOCK;
      super.writeFully(newest, position, readFully(newest, position, newest.len * BLOCK));
      sync();
    }
  }
}
