package org.fleetcast.logs;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.jspecify.annotations.Nullable;

/**
 * The lines that were taken and are not yet searchable, on local disk.
 *
 * <p>An append is one commit and one sync for a whole batch: the lines, the last time given, and
 * the marks of the messages they came in, so that a message delivered again makes no second line.
 * Lines are ordered by their time, which is unique here. The archive reads each line once ({@link
 * #next}), and removes it when a search finds it. One intake appends; anybody may read.
 */
final class Journal implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Journal.class.getName());
  private static final Duration CLOCK_FELL_BACK = Duration.ofSeconds(60);
  private static final char[] ALPHABET = "abcdefghijklmnopqrstuvwxyz234567".toCharArray();

  private final Path file;
  private final long maxBytes;
  private MVStore store;
  private MVMap<Long, Entry> lines;
  private MVMap<Long, byte[]> marks;
  private MVMap<String, String> state;
  private String suffix;
  private long lastAt;
  private long bytes;
  private long unread;
  private boolean closing;

  /** Everything up to this time was read by the archive; new lines lie beyond it. */
  private long read = Long.MIN_VALUE;

  /** What a message leaves behind: its packet id, and the SHA-256 of its payload. */
  record Mark(int packetId, byte[] sha256) {}

  private Journal(Path file, long maxBytes, Instant now) {
    this.file = file;
    this.maxBytes = maxBytes;
    store = openStore(file);
    lines = openLines();
    marks = openMarks();
    state = store.openMap("state");
    lastAt = Long.parseLong(state.getOrDefault("last", Long.toString(LogTime.micros(now) - 1)));
    suffix = state.computeIfAbsent("suffix", name -> newSuffix());
    state.putIfAbsent("complete", LogTime.text(LogTime.micros(now)));
    for (Iterator<Entry> all = values(lines.cursor(null)); all.hasNext(); ) {
      bytes += size(all.next());
      unread++;
    }
    commit();
  }

  /**
   * Opens the journal in a folder, which is created if it is not there.
   *
   * @param maxBytes how many bytes of lines it holds before an append has to wait
   * @throws IllegalStateException when another process has it open, or it cannot be read
   */
  static Journal open(Path folder, long maxBytes, Instant now) {
    try {
      java.nio.file.Files.createDirectories(folder);
      return new Journal(folder.resolve("journal.mv"), maxBytes, now);
    } catch (java.io.IOException | MVStoreException unusable) {
      throw new IllegalStateException(
          "JOURNAL_DIR cannot be used, or another process has it open: " + folder, unusable);
    }
  }

  private static MVStore openStore(Path file) {
    MVStore opened =
        new MVStore.Builder().fileName(file.toString()).autoCommitDisabled().cacheSize(16).open();
    opened.setVersionsToKeep(0);
    // Chunks without a live page are used again after this time; each append leaves one behind.
    opened.setRetentionTime(5_000);
    return opened;
  }

  private MVMap<Long, Entry> openLines() {
    return store.openMap(
        "lines",
        new MVMap.Builder<Long, Entry>().keyType(LongDataType.INSTANCE).valueType(new EntryType()));
  }

  private MVMap<Long, byte[]> openMarks() {
    return store.openMap(
        "marks",
        new MVMap.Builder<Long, byte[]>()
            .keyType(LongDataType.INSTANCE)
            .valueType(ByteArrayDataType.INSTANCE));
  }

  /**
   * The next time and id: strictly increasing, also over a restart. When the clock fell back by
   * more than a minute it is followed, with a new suffix that keeps the ids apart.
   */
  synchronized Entry.Stamp stamp(Instant now) {
    long at = LogTime.micros(now);
    if (at < lastAt - CLOCK_FELL_BACK.toSeconds() * 1_000_000) {
      LOG.log(Level.WARNING, "The clock fell back, following it to=" + LogTime.text(at));
      suffix = newSuffix();
      while (lines.containsKey(at)) {
        at++;
      }
      read = Math.min(read, at - 1);
    } else {
      at = Math.max(at, lastAt + 1);
      while (lines.containsKey(at)) {
        at++; // a line from before the clock fell back
      }
    }
    lastAt = at;
    return new Entry.Stamp(at, at + "-" + suffix);
  }

  /** Whether that message was taken before: the same packet id with the same payload. */
  boolean took(Mark mark) {
    return Arrays.equals(marks.get((long) mark.packetId), mark.sha256);
  }

  /**
   * Makes lines and marks safe on disk, in one commit. Waits while the journal is full.
   *
   * @throws InterruptedException when the application stops before there was room
   * @throws MVStoreException when the disk refuses; nothing was taken then
   */
  synchronized void append(List<Entry> entries, List<Mark> taken) throws InterruptedException {
    awaitRoom();
    reopenIfBroken();
    for (Entry entry : entries) {
      lines.put(entry.at(), entry);
    }
    for (Mark mark : taken) {
      marks.put((long) mark.packetId, mark.sha256);
    }
    commit();
    for (Entry entry : entries) {
      bytes += size(entry);
    }
    unread += entries.size();
    notifyAll();
  }

  private void commit() {
    state.put("last", Long.toString(lastAt));
    state.put("suffix", suffix);
    store.commit();
    store.sync();
  }

  private void awaitRoom() throws InterruptedException {
    boolean waited = false;
    while (bytes >= maxBytes && !closing) {
      if (!waited) {
        LOG.log(Level.WARNING, "The journal is full, the broker has to wait bytes=" + bytes);
        waited = true;
      }
      wait();
    }
    if (closing) {
      throw new InterruptedException("the journal is closed");
    }
    if (waited) {
      LOG.log(Level.INFO, "The journal has room again bytes=" + bytes);
    }
  }

  /** After an error of the disk the store closes itself; what was committed is still there. */
  private void reopenIfBroken() {
    if (store.isClosed()) {
      store = openStore(file);
      lines = openLines();
      marks = openMarks();
      state = store.openMap("state");
    }
  }

  /** The next lines for the archive, each once, in order of time; empty when there are none. */
  synchronized List<Entry> next(int maxLines, int maxBytesOfLines) {
    List<Entry> next = new ArrayList<>();
    long size = 0;
    Iterator<Entry> all = values(lines.cursor(read == Long.MIN_VALUE ? null : read + 1));
    while (all.hasNext() && next.size() < maxLines && size < maxBytesOfLines) {
      Entry entry = all.next();
      next.add(entry);
      size += entry.json().length;
      read = entry.at();
    }
    unread = Math.max(0, unread - next.size());
    return next;
  }

  /** Waits until there may be lines that the archive has not read, at most that long. */
  synchronized void awaitUnread(Duration atMost) throws InterruptedException {
    if (unread == 0 && !closing) {
      wait(Math.max(1, atMost.toMillis()));
    }
  }

  /** Removes lines that a search finds by now, and gives their room back. */
  synchronized void remove(Collection<Entry> searchable) {
    reopenIfBroken();
    long complete = LogTime.parse(state.getOrDefault("complete", "")).orElse(0L);
    for (Entry entry : searchable) {
      Entry held = lines.remove(entry.at());
      if (held != null) {
        bytes -= size(held); // not the entry's: what became a dead letter has another size
      }
      complete = Math.max(complete, entry.at() + 1);
    }
    state.put("complete", LogTime.text(complete));
    store.commit();
    store.compact(60, 4 << 20);
    notifyAll();
  }

  /** From this time on every line taken is still here. */
  long completeSince() {
    return LogTime.parse(state.getOrDefault("complete", "")).orElse(Long.MAX_VALUE);
  }

  /**
   * Lines of a range, both ends included, nearest to its beginning first; from its end when
   * backward. A consistent view: appends and removals meanwhile do not show.
   */
  List<Entry> find(long from, long to, boolean backward, int limit, Predicate<Entry> wanted) {
    List<Entry> found = new ArrayList<>();
    Cursor<Long, Entry> cursor =
        backward ? lines.cursor(to, from, true) : lines.cursor(from, to, false);
    while (found.size() < limit && cursor.hasNext()) {
      cursor.next();
      Entry entry = cursor.getValue();
      if (wanted.test(entry)) {
        found.add(entry);
      }
    }
    return found;
  }

  /** Lines that the archive has not read yet. */
  synchronized long unread() {
    return unread;
  }

  /** Bytes of all lines held. */
  synchronized long bytes() {
    return bytes;
  }

  /** The time of the oldest line held; null when there is none. */
  @Nullable Instant oldest() {
    Long first = lines.firstKey();
    return first == null ? null : LogTime.instant(first);
  }

  /** Stops who waits; nothing is lost, all appended lines are on disk. */
  @Override
  public synchronized void close() {
    closing = true;
    notifyAll();
    store.close();
  }

  private static Iterator<Entry> values(Cursor<Long, Entry> cursor) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return cursor.hasNext();
      }

      @Override
      public Entry next() {
        cursor.next();
        return cursor.getValue();
      }
    };
  }

  private static long size(Entry entry) {
    return entry.json().length + 64L;
  }

  private static String newSuffix() {
    SecureRandom random = new SecureRandom();
    StringBuilder made = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      made.append(ALPHABET[random.nextInt(ALPHABET.length)]);
    }
    return made.toString();
  }
}
