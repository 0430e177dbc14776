package org.fleetcast.sink;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.fleetcast.problem.ProblemLog;
import org.fleetcast.time.SteadyClock;
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
public final class Journal implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Journal.class.getName());

  private final JournalStorage file;
  private final long maxBytes;
  private volatile @Nullable String brokenFile;

  /** Why the last append was refused; null when it was not. */
  private volatile @Nullable String refusal;

  /**
   * Held by who puts a copy into the place of a broken file; may be taken with the journal's lock.
   */
  private final Object salvaging = new Object();

  private final LineIds stamps;
  private final UnfinishedMessages begun = new UnfinishedMessages();
  private volatile boolean closing;
  private volatile boolean waiting;
  private volatile long unread;

  /** In which what is being taken came. */
  @GuardedBy("this")
  private long turn;

  /** Everything up to this time was read by the archive; new lines lie beyond it. */
  @GuardedBy("this")
  private long read = Long.MIN_VALUE;

  /**
   * Lines up to this time may have been read before the reading was set back, here or elsewhere.
   */
  @GuardedBy("this")
  private long readBefore;

  @GuardedBy("this")
  private Instant setBackAt = SteadyClock.now();

  /** Opens the journal in a file, which is created if it is not there. */
  public Journal(JournalFile file, long maxBytes, Instant now) {
    this(file, maxBytes, now, null);
  }

  /** Opens it where it is kept, maybe beside a file that was put aside. */
  Journal(JournalStorage file, long maxBytes, Instant now, @Nullable String brokenFile) {
    this.file = file;
    this.maxBytes = maxBytes;
    this.brokenFile = brokenFile;
    stamps = new LineIds(file.maps().state(), now);
    tidy(
        maps -> {
          maps.state().putIfAbsent("complete", LogTime.text(LogTime.micros(now)));
          // Only where it is missing: it reads every line.
          maps.state().computeIfAbsent("bytes", absent -> Long.toString(JournalView.size(maps)));
        });
    readBefore = Math.max(file.facts().last(), stamps.last());
  }

  /**
   * Opens the journal in a folder, which is created if it is not there. A file that is broken is
   * put aside, and a new one begun.
   *
   * @param maxBytes how many bytes of lines it holds before an append has to wait
   * @throws IllegalStateException when another process has it open, or it cannot be read
   */
  public static Journal open(Path folder, long maxBytes, Instant now) {
    return new JournalFolder(folder).open(maxBytes, now);
  }

  /** The next time and id: strictly increasing, also over a restart. */
  public synchronized JournalLine.Stamp stamp(Instant now) {
    return stamps.next(now, at -> at <= file.facts().last() && file.maps().lines().containsKey(at));
  }

  /** The last time given: no line taken until now is later, unless the clock fell back. */
  public long lastGiven() {
    return stamps.last();
  }

  /** Whether that message was taken lately: the same packet id with the same payload. */
  synchronized boolean took(DeliveryFingerprint mark) {
    byte[] kept = readable(() -> file.maps().marks().get((long) mark.packetId()));
    return mark.isKept(kept, file.facts().messages());
  }

  /** The tries at messages that are not complete. */
  UnfinishedMessages begun() {
    return begun;
  }

  /** Reads something from what is safe. */
  synchronized <T> T read(Function<JournalFile.Maps, T> question) {
    return readable(() -> question.apply(file.maps()));
  }

  /**
   * Makes something else than lines safe on disk, in a commit of its own.
   *
   * @throws MVStoreException when the disk refuses; nothing is changed then
   */
  synchronized void remember(Consumer<JournalFile.Maps> change) {
    commit(change);
  }

  /**
   * What is appended from now on came in this turn: none of it is in a later one, since another
   * replica has got the same from the broker between the two.
   *
   * @throws NotHolderException when another replica is to append
   */
  synchronized void begin() {
    turn = file.turn();
  }

  /** Lets who waits for room find out that it is another replica's turn. */
  synchronized void wake() {
    notifyAll();
  }

  /** The same for lines that nobody is shown. */
  void append(
      List<JournalLine> entries, List<DeliveryFingerprint> taken, Consumer<JournalFile.Maps> beside)
      throws InterruptedException {
    append(List.of(), entries, taken, beside);
  }

  /**
   * Makes lines and marks safe on disk, in one commit. Waits while the journal is full.
   *
   * @param messages as other replicas are to be shown them
   * @param entries the lines to be held
   * @param beside what else is changed in the same commit
   * @throws InterruptedException when the application stops before there was room
   * @throws MVStoreException when the disk refuses; nothing was taken then
   * @throws NotHolderException when the turn that was {@link #begin begun} is over
   */
  synchronized void append(
      List<Delivery.Taken> messages,
      List<JournalLine> entries,
      List<DeliveryFingerprint> taken,
      Consumer<JournalFile.Maps> beside)
      throws InterruptedException {
    awaitRoom();
    for (JournalLine entry : entries) {
      // Only where the clock fell back, or the disk kept what it had refused, and it was read.
      if (entry.at() <= read) {
        setBack(entry.at() - 1, read);
      }
    }
    try {
      add(messages, entries, taken, beside);
      refusal = null;
    } catch (MVStoreException failure) {
      refusal = ProblemLog.root(failure);
      throw failure;
    }
  }

  private synchronized void add(
      List<Delivery.Taken> messages,
      List<JournalLine> entries,
      List<DeliveryFingerprint> taken,
      Consumer<JournalFile.Maps> beside) {
    commit(
        turn,
        messages,
        maps -> {
          long held = maps.number("bytes");
          for (JournalLine entry : entries) {
            JournalLine before = maps.lines().put(entry.at(), entry);
            held += entry.size() - (before == null ? 0 : before.size());
          }
          long number = maps.number("messages");
          for (DeliveryFingerprint mark : taken) {
            maps.marks().put((long) mark.packetId(), mark.kept(++number));
          }
          maps.state().put("bytes", Long.toString(held));
          maps.state().put("messages", Long.toString(number));
          beside.accept(maps);
        });
  }

  private void commit(Consumer<JournalFile.Maps> change) {
    commit(file.turn(), List.of(), change);
  }

  private synchronized void commit(
      long in, List<Delivery.Taken> messages, Consumer<JournalFile.Maps> change) {
    Consumer<JournalFile.Maps> whole =
        all -> {
          change.accept(all);
          stamps.save(all.state());
        };
    committed(readable(() -> file.commit(in, messages, whole)));
  }

  private synchronized void tidy(Consumer<JournalFile.Maps> change) {
    Consumer<JournalFile.Maps> whole =
        all -> {
          change.accept(all);
          stamps.save(all.state());
        };
    committed(readable(() -> file.tidy(whole)));
  }

  /** Once more where a part cannot be read, without that part: it would stop all for ever. */
  private <T> T readable(Supplier<T> work) {
    String before = brokenFile;
    try {
      return work.get();
    } catch (MVStoreException failure) {
      synchronized (salvaging) {
        if (Objects.equals(before, brokenFile)) { // else another has done it meanwhile
          String aside = file.salvage(failure);
          if (aside == null) {
            throw failure;
          }
          brokenFile = aside;
        }
      }
      return work.get();
    }
  }

  @GuardedBy("this")
  private void committed(JournalFile.Maps maps) {
    long from = read;
    long count;
    try {
      count = after(from, maps);
    } catch (MVStoreException unreadable) { // what was committed is safe all the same
      count = readable(() -> after(from, file.maps()));
    }
    unread = count;
    notifyAll();
  }

  /** Goes on from what the storage holds by now, which somebody else has changed. */
  synchronized void goOn() {
    JournalFile.Maps maps = file.maps();
    stamps.goOn(maps.state());
    refusal = null; // of a turn that is over
    rewind();
  }

  /** How many lines there are after that time. */
  private static long after(long time, JournalFile.Maps maps) {
    long index = maps.lines().getKeyIndex(time);
    return maps.lines().sizeAsLong() - (index < 0 ? -index - 1 : index + 1);
  }

  @GuardedBy("this")
  private void awaitRoom() throws InterruptedException {
    check();
    while (bytes() >= maxBytes && !closing) {
      if (!waiting) {
        String most = JournalView.mostOf(file.maps());
        LOG.log(
            Level.WARNING,
            "The journal is full, the broker has to wait bytes=" + bytes() + " most_of=" + most);
        waiting = true;
        acquitBegun();
      }
      wait();
      check();
    }
    if (closing) {
      throw new InterruptedException("the journal is closed");
    }
    if (waiting) {
      LOG.log(Level.INFO, "The journal has room again bytes=" + bytes());
      waiting = false;
    }
  }

  @GuardedBy("this")
  private void check() {
    boolean ours = false;
    try {
      ours = file.turn() == turn;
    } finally {
      waiting &= ours;
    }
    if (!ours) {
      throw new NotHolderException();
    }
  }

  /** Remembers that no message is the cause when the process ends now. */
  synchronized void acquit() {
    acquitBegun();
  }

  /** What is to be appended was read, and may wait for hours: it causes no crash meanwhile. */
  private void acquitBegun() {
    if (!file.maps().begun().isEmpty()) {
      commit(begun::acquit);
    }
  }

  /** The next lines for the archive, each once, in order of time; empty when there are none. */
  public synchronized List<JournalLine> next(int maxLines, int maxBytesOfLines) {
    return readable(() -> readNext(maxLines, maxBytesOfLines));
  }

  private synchronized List<JournalLine> readNext(int maxLines, int maxBytesOfLines) {
    JournalFile.Maps maps = file.maps();
    if (!file.isArchivedHere()) {
      return List.of();
    }
    List<JournalLine> next = new ArrayList<>();
    long size = 0;
    Cursor<Long, JournalLine> all =
        maps.lines().cursor(read == Long.MIN_VALUE ? null : Long.valueOf(read + 1));
    while (next.size() < maxLines && size < maxBytesOfLines && all.hasNext()) {
      all.next();
      next.add(all.getValue());
      size += all.getValue().json().length;
    }
    if (!next.isEmpty()) {
      read = next.get(next.size() - 1).at();
      unread = after(read, maps);
    }
    return next;
  }

  /** Lets the archive read again, from the beginning, all that is here. */
  public synchronized void rewind() {
    setBack(Long.MIN_VALUE, Math.max(file.facts().last(), stamps.last()));
    unread = after(read, file.maps());
    notifyAll();
  }

  @GuardedBy("this")
  private void setBack(long to, long from) {
    read = to;
    readBefore = Math.max(readBefore, from);
    setBackAt = SteadyClock.now();
  }

  /**
   * Since when a line of that time is read once more, by the steady clock: an archive, here or
   * where the journal was held before, may have read it already. Null when none has.
   */
  public synchronized @Nullable Instant readAgainSince(long at) {
    return at <= readBefore ? setBackAt : null;
  }

  /** Waits at most that long for lines that the archive has not read; says whether there are. */
  public synchronized boolean awaitUnread(Duration atMost) throws InterruptedException {
    if ((unread == 0 || !file.isArchivedHere()) && !closing) {
      wait(Math.max(1, atMost.toMillis()));
    }
    return unread > 0 && file.isArchivedHere();
  }

  /**
   * Removes the lines of these times, which a search finds by now, and frees their room. Where
   * another replica archives by now they stay: what it says of them is not to be contradicted.
   *
   * @throws MVStoreException when the disk refuses; all are still there then
   */
  public synchronized void remove(Collection<Long> searchable) {
    if (!file.isArchivedHere()) {
      return;
    }
    tidy(
        maps -> {
          long held = maps.number("bytes");
          long from = file.facts().complete();
          for (Long at : searchable) {
            JournalLine removed = maps.lines().remove(at);
            held -= removed == null ? 0 : removed.size();
            from = Math.max(from, at + 1);
          }
          maps.state().put("bytes", Long.toString(held));
          maps.state().put("complete", LogTime.text(from));
        });
    readable(
        () -> {
          file.compact();
          return true;
        });
  }

  /** From this time on every line taken is still here. */
  public long completeSince() {
    return file.facts().complete();
  }

  /**
   * Lines of a range, both ends included, nearest to its beginning first; from its end when
   * backward. A consistent view: appends and removals meanwhile do not show.
   */
  public List<JournalLine> find(
      long from, long to, boolean backward, int limit, Predicate<JournalLine> wanted) {
    return readable(() -> file.find(from, to, backward, limit, wanted));
  }

  /** Lines that the archive has not read yet; 0 where it does not read. */
  public long unread() {
    return file.isArchivedHere() ? unread : 0;
  }

  /** Bytes of all lines held. */
  public long bytes() {
    return file.facts().bytes();
  }

  /** The time of the oldest line held; null when there is none. */
  @Nullable Instant oldest() {
    Long first = file.facts().first();
    return first == null ? null : LogTime.instant(first);
  }

  /** Whether an append has to wait for room, so that nothing more is acknowledged. */
  boolean isFull() {
    return waiting || bytes() >= maxBytes;
  }

  /** Whether the last append was taken, or there was none yet. */
  boolean isWritable() {
    return refusal == null;
  }

  /**
   * In one sentence: "ok", "full", why it cannot be written, or that it began anew beside a file
   * that is broken.
   */
  public String condition() {
    String why = refusal;
    if (why != null) {
      return "cannot be written: " + why;
    }
    if (isFull()) {
      return "full";
    }
    return brokenFile == null ? "ok" : "begun anew, the broken file is " + brokenFile;
  }

  /** Stops who waits; nothing is lost, all appended lines are on disk. */
  @Override
  public synchronized void close() {
    closing = true;
    notifyAll();
    file.close(begun::acquit);
  }
}
