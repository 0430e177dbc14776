package org.fleetcast.logs;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.fleetcast.problem.Setting;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVStoreException;
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

  private final JournalFile file;
  private final long maxBytes;
  private final Stamps stamps;
  private boolean closing;

  /** Everything up to this time was read by the archive; new lines lie beyond it. */
  private long read = Long.MIN_VALUE;

  // What the committed state of the file says; kept, so that telling it needs no disk.
  private long messages;
  private long bytes;
  private long unread;
  private long complete;
  private @Nullable Long first;
  private long last;

  /** Opens the journal in a file, which is created if it is not there. */
  Journal(JournalFile file, long maxBytes, Instant now) {
    this.file = file;
    this.maxBytes = maxBytes;
    stamps = new Stamps(file.maps().state(), now);
    commit(
        maps -> {
          maps.state().putIfAbsent("complete", LogTime.text(LogTime.micros(now)));
          maps.state().putIfAbsent("bytes", Long.toString(JournalFile.size(maps.lines())));
        });
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
      return new Journal(new JournalFile(folder.resolve("journal.mv").toString()), maxBytes, now);
    } catch (java.io.IOException | MVStoreException unusable) {
      throw Setting.bad(
          "JOURNAL_DIR cannot be used, or another process has it open: " + folder, unusable);
    }
  }

  /** The next time and id: strictly increasing, also over a restart. */
  synchronized Entry.Stamp stamp(Instant now) {
    return stamps.next(now, at -> at <= last && file.maps().lines().containsKey(at));
  }

  /** The last time given: no line taken until now is later, unless the clock fell back. */
  synchronized long lastGiven() {
    return stamps.last();
  }

  /** Whether that message was taken lately: the same packet id with the same payload. */
  synchronized boolean took(Mark mark) {
    return mark.isKept(file.maps().marks().get((long) mark.packetId()), messages);
  }

  /** Reads something from what is safe. */
  synchronized <T> T read(Function<JournalFile.Maps, T> question) {
    return question.apply(file.maps());
  }

  /**
   * Makes something else than lines safe on disk, in a commit of its own.
   *
   * @throws MVStoreException when the disk refuses; nothing is changed then
   */
  synchronized void remember(Consumer<JournalFile.Maps> change) {
    commit(change);
  }

  /** Makes lines and marks safe, and nothing beside them. */
  void append(List<Entry> entries, List<Mark> taken) throws InterruptedException {
    append(entries, taken, maps -> {});
  }

  /**
   * Makes lines and marks safe on disk, in one commit. Waits while the journal is full.
   *
   * @param beside what else is changed in the same commit
   * @throws InterruptedException when the application stops before there was room
   * @throws MVStoreException when the disk refuses; nothing was taken then
   */
  synchronized void append(List<Entry> entries, List<Mark> taken, Consumer<JournalFile.Maps> beside)
      throws InterruptedException {
    awaitRoom();
    for (Entry entry : entries) {
      // Only where the clock fell back, or the disk kept what it had refused, and it was read.
      read = Math.min(read, entry.at() - 1);
    }
    commit(
        maps -> {
          long held = maps.number("bytes");
          for (Entry entry : entries) {
            Entry before = maps.lines().put(entry.at(), entry);
            held += entry.size() - (before == null ? 0 : before.size());
          }
          long number = maps.number("messages");
          for (Mark mark : taken) {
            maps.marks().put((long) mark.packetId(), mark.kept(++number));
          }
          maps.state().put("bytes", Long.toString(held));
          maps.state().put("messages", Long.toString(number));
          beside.accept(maps);
        });
  }

  private synchronized void commit(Consumer<JournalFile.Maps> change) {
    JournalFile.Maps maps =
        file.commit(
            all -> {
              change.accept(all);
              stamps.save(all.state());
            });
    tell(maps);
    notifyAll();
  }

  private void tell(JournalFile.Maps maps) {
    messages = maps.number("messages");
    bytes = maps.number("bytes");
    complete = LogTime.parse(maps.state().getOrDefault("complete", "")).orElse(Long.MAX_VALUE);
    first = maps.lines().firstKey();
    Long newest = maps.lines().lastKey();
    last = newest == null ? Long.MIN_VALUE : newest;
    countUnread(maps);
  }

  private void countUnread(JournalFile.Maps maps) {
    long index = maps.lines().getKeyIndex(read);
    unread = maps.lines().sizeAsLong() - (index < 0 ? -index - 1 : index + 1);
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

  /** The next lines for the archive, each once, in order of time; empty when there are none. */
  synchronized List<Entry> next(int maxLines, int maxBytesOfLines) {
    JournalFile.Maps maps = file.maps();
    List<Entry> next = new ArrayList<>();
    long size = 0;
    Cursor<Long, Entry> all =
        maps.lines().cursor(read == Long.MIN_VALUE ? null : Long.valueOf(read + 1));
    while (next.size() < maxLines && size < maxBytesOfLines && all.hasNext()) {
      all.next();
      next.add(all.getValue());
      size += all.getValue().json().length;
    }
    if (!next.isEmpty()) {
      read = next.get(next.size() - 1).at();
      countUnread(maps);
    }
    return next;
  }

  /** Lets the archive read again, from the beginning, all that is here. */
  synchronized void rewind() {
    read = Long.MIN_VALUE;
    countUnread(file.maps());
    notifyAll();
  }

  /** Waits at most that long for lines that the archive has not read; says whether there are. */
  synchronized boolean awaitUnread(Duration atMost) throws InterruptedException {
    if (unread == 0 && !closing) {
      wait(Math.max(1, atMost.toMillis()));
    }
    return unread > 0;
  }

  /**
   * Removes the lines of these times, which a search finds by now, and gives their room back.
   *
   * @throws MVStoreException when the disk refuses; all are still there then
   */
  synchronized void remove(Collection<Long> searchable) {
    commit(
        maps -> {
          long held = maps.number("bytes");
          long from = complete;
          for (Long at : searchable) {
            Entry removed = maps.lines().remove(at);
            held -= removed == null ? 0 : removed.size();
            from = Math.max(from, at + 1);
          }
          maps.state().put("bytes", Long.toString(held));
          maps.state().put("complete", LogTime.text(from));
        });
    file.compact();
  }

  /** From this time on every line taken is still here. */
  synchronized long completeSince() {
    return complete;
  }

  /**
   * Lines of a range, both ends included, nearest to its beginning first; from its end when
   * backward. A consistent view: appends and removals meanwhile do not show.
   */
  List<Entry> find(long from, long to, boolean backward, int limit, Predicate<Entry> wanted) {
    return file.find(from, to, backward, limit, wanted);
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
  synchronized @Nullable Instant oldest() {
    return first == null ? null : LogTime.instant(first);
  }

  /** Stops who waits; nothing is lost, all appended lines are on disk. */
  @Override
  public synchronized void close() {
    closing = true;
    notifyAll();
    file.close();
  }
}
