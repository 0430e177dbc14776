package org.fleetcast.sink;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.SteadyClock;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.DataType;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;
import org.jspecify.annotations.Nullable;

/**
 * The file below the journal. After the disk refused, its store is thrown away with all that was
 * not committed, and whoever comes next opens it again: memory never knows more than the disk.
 */
public final class JournalFile implements JournalStorage {
  /**
   * The pages in memory: what is appended and soon stored. More only keeps what is stored long
   * since.
   */
  private static final int CACHE_MEGABYTES = 4;

  /**
   * A chunk without a live page is used again after this time, which is H2's default, for disks
   * that say "synced" too early.
   */
  private static final Duration RETENTION = Duration.ofSeconds(45);

  /**
   * And no sooner than so many commits later. Recovery follows the chunks from the one that the
   * header names, which H2 writes at every 21st commit at the latest: so none that it may need is
   * overwritten at whatever pace, while 20 commits may take longer than any retention by the clock.
   */
  private static final int VERSIONS = 32;

  private static final Duration SALVAGED_AGAIN = Duration.ofMinutes(10);

  /** For how long a reader waits for a file that has to be opened again. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** Opens the store below the maps, at first and whenever it has to be opened again. */
  private final Supplier<MVStore> stores;

  /** Notes the changes of a copy, which needs no sync; null for a journal of its own. */
  private final @Nullable ChangeRecorder recorder;

  /** Where a copy takes its place of which all can be read; null where nobody would miss it. */
  private final @Nullable JournalFolder folder;

  /** Held by who changes the file or opens it; never by who reads it. */
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private @Nullable Maps open;

  /** Until then nothing is salvaged: it was tried, and each try reads the whole file. */
  @GuardedBy("lock")
  private Instant salvagedNotBefore = Instant.MIN;

  private volatile @Nullable JournalView view;
  private volatile boolean closed;

  /**
   * What the file holds: the lines by time, the marks by packet id, the tries at messages that are
   * not complete by their SHA-256, the last retained message of each topic, and single values.
   */
  record Maps(
      MVStore store,
      MVMap<Long, JournalLine> lines,
      MVMap<Long, byte[]> marks,
      MVMap<String, byte[]> begun,
      MVMap<String, byte[]> retained,
      MVMap<String, String> state) {

    /** A single value that is a number; 0 when it was never set. */
    long number(String value) {
      return Long.parseLong(state.getOrDefault(value, "0"));
    }

    /** From this time on every line taken is held; the end of time when that is not known. */
    long completeSince() {
      return LogTime.parse(state.getOrDefault("complete", "")).orElse(Long.MAX_VALUE);
    }
  }

  /**
   * @param name the path of the file; a scheme of H2's file systems may stand before it
   */
  public JournalFile(String name) {
    this(name, RETENTION);
  }

  /** With another retention; a negative one is as if commits were always further apart. */
  JournalFile(String name, Duration retention) {
    this(() -> store(name, retention));
  }

  /** On another store. */
  JournalFile(Supplier<MVStore> stores) {
    this(stores, null, null);
  }

  /** The one of a folder. */
  JournalFile(String name, JournalFolder folder) {
    this(() -> store(name, RETENTION), null, folder);
  }

  /** A copy of what is safe elsewhere: it goes with the process, and is never synced. */
  JournalFile(String name, ChangeRecorder recorder) {
    this(() -> store(name, RETENTION), recorder, null);
  }

  private JournalFile(
      Supplier<MVStore> stores, @Nullable ChangeRecorder recorder, @Nullable JournalFolder folder) {
    this.stores = stores;
    this.recorder = recorder;
    this.folder = folder;
  }

  private static MVStore store(String name, Duration retention) {
    MVStore store = JournalStore.open(name, CACHE_MEGABYTES);
    store.setVersionsToKeep(VERSIONS);
    store.setRetentionTime((int) retention.toMillis());
    return store;
  }

  @Override
  public Maps maps() {
    return locked(maps -> {});
  }

  @Override
  public long turn() {
    return 0; // nobody else has this file
  }

  @Override
  public boolean isArchivedHere() {
    return true;
  }

  @Override
  public Maps commit(long turn, List<Delivery.Taken> messages, Consumer<Maps> change) {
    return commit(change);
  }

  @Override
  public Maps tidy(Consumer<Maps> change) {
    return commit(change);
  }

  @GuardedBy("lock")
  private Maps opened() {
    if (closed) {
      throw new IllegalStateException("The journal is closed");
    }
    Maps maps = open;
    if (maps == null || maps.store.isClosed()) {
      maps = open();
      open = maps;
      show(maps);
    }
    return maps;
  }

  private Maps open() {
    MVStore store = stores.get();
    MVMap.Builder<Long, JournalLine> lines = new MVMap.Builder<>();
    return new Maps(
        store,
        store.openMap(
            "lines", lines.keyType(LongDataType.INSTANCE).valueType(new JournalLineType())),
        map(store, ChangeRecorder.MARKS, LongDataType.INSTANCE),
        map(store, ChangeRecorder.BEGUN, StringDataType.INSTANCE),
        map(store, ChangeRecorder.RETAINED, StringDataType.INSTANCE),
        store.openMap("state"));
  }

  private <K> MVMap<K, byte[]> map(MVStore store, String called, DataType<K> keys) {
    if (recorder != null) {
      return store.openMap(called, recorder.map(called, keys));
    }
    MVMap.Builder<K, byte[]> plain = new MVMap.Builder<>();
    return store.openMap(called, plain.keyType(keys).valueType(ByteArrayDataType.INSTANCE));
  }

  /**
   * Changes the maps, safe on disk when it returns.
   *
   * @throws MVStoreException when the disk refuses; nothing of the change shows then
   */
  Maps commit(Consumer<Maps> change) {
    return locked(
        maps -> {
          write(maps, change);
          show(maps);
        });
  }

  /** As {@link #commit} for a part of a larger change: readers see what they saw until its last. */
  Maps commitUnseen(Consumer<Maps> change) {
    return locked(maps -> write(maps, change));
  }

  private void write(Maps maps, Consumer<Maps> change) {
    change.accept(maps);
    maps.store.commit();
    if (recorder == null) {
      maps.store.sync();
    }
  }

  @Override
  public @Nullable String salvage(MVStoreException failure) {
    lock.lock();
    try {
      Instant now = SteadyClock.now();
      boolean early = now.isBefore(salvagedNotBefore);
      if (folder == null || early || closed || !JournalFolder.isBroken(failure)) {
        return null;
      }
      salvagedNotBefore = now.plus(SALVAGED_AGAIN);
      Maps broken = open;
      if (broken == null || broken.store.isClosed()) {
        broken = open(); // and not shown: that may be what cannot be read
        open = broken;
      }
      String aside = null;
      try {
        aside = folder.salvage(broken, failure);
      } finally {
        drop();
      }
      if (aside != null) {
        salvagedNotBefore = Instant.MIN;
        opened();
      }
      return aside;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void compact() {
    locked(maps -> maps.store.compact(60, 4 << 20));
  }

  private Maps locked(Consumer<Maps> action) {
    lock.lock();
    try {
      Maps maps = opened();
      action.accept(maps);
      return maps;
    } catch (RuntimeException | Error refused) {
      drop();
      throw refused;
    } finally {
      lock.unlock();
    }
  }

  /** Lets readers see what is safe by now. */
  private void show(Maps maps) {
    JournalView before = view;
    view = new JournalView(maps);
    if (before != null) {
      before.release();
    }
  }

  /** Waits for nothing once the file was opened. */
  @Override
  public JournalView.Facts facts() {
    JournalView now = view;
    if (now == null) {
      maps();
      return facts();
    }
    return now.facts();
  }

  /**
   * Lines of a range, both ends included, nearest to its beginning first; from its end when
   * backward. A consistent view of what is safe, which waits for no commit.
   */
  @Override
  public List<JournalLine> find(
      long from, long to, boolean backward, int limit, Predicate<JournalLine> wanted) {
    JournalView now = acquire();
    try {
      return now.find(from, to, backward, limit, wanted);
    } catch (MVStoreException failed) {
      if (!now.isClosed()) {
        throw failed;
      }
    } finally {
      now.release();
    }
    // The disk refused somebody's change meanwhile: once more, on a file opened again.
    reopen();
    return find(from, to, backward, limit, wanted);
  }

  private JournalView acquire() {
    while (true) {
      JournalView now = view;
      if (now == null || closed) {
        maps();
      } else if (now.acquire()) {
        return now;
      }
    }
  }

  private void reopen() {
    boolean locked = false;
    try {
      locked = lock.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (locked) {
        maps();
        return;
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    } finally {
      if (locked) {
        lock.unlock();
      }
    }
    throw Problem.of(
            ProblemCode.SERVICE_UNAVAILABLE, "The disk of the journal does not answer right now")
        .retryAfter(Duration.ofSeconds(10));
  }

  /** Forgets what is not committed; whoever comes next opens the file again. */
  void drop() {
    lock.lock();
    try {
      if (open != null) {
        open.store.closeImmediately();
        open = null;
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close(Consumer<Maps> last) {
    lock.lock();
    try {
      closed = true;
      if (open != null) {
        if (!open.store.isClosed()) {
          last.accept(open);
        }
        open.store.commit();
        open.store.sync();
        if (view != null) {
          view.release();
        }
        open.store.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
