package org.fleetcast.sink;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/**
 * A disk that can be told to refuse, or to hang, and counts what is read: file names that begin
 * with {@code refusing:} lie on it.
 */
public final class RefusingDisk extends FilePathWrapper {
  private static final AtomicInteger REFUSED = new AtomicInteger();
  private static final AtomicInteger ALLOWED = new AtomicInteger(Integer.MAX_VALUE);
  private static final AtomicInteger HANGING = new AtomicInteger();
  private static final AtomicLong READ = new AtomicLong();
  private static volatile CountDownLatch released = new CountDownLatch(0);

  /** The name of a file on this disk; what was refused before is forgotten. */
  public static String file(java.nio.file.Path path) {
    FilePath.register(new RefusingDisk());
    works();
    return "refusing:nio:" + path;
  }

  /** From now on it takes that many writes, and then none. */
  public static void refusesAfter(int writes) {
    REFUSED.set(0);
    ALLOWED.set(writes);
  }

  /** From now on each write and sync waits until it works again. */
  static void hangs() {
    released = new CountDownLatch(1);
  }

  /** How many writes wait. */
  static int hanging() {
    return HANGING.get();
  }

  public static void works() {
    ALLOWED.set(Integer.MAX_VALUE);
    released.countDown();
  }

  /** How many bytes were read since it was asked last. */
  static long bytesRead() {
    return READ.getAndSet(0);
  }

  /** How many writes it refused. */
  static int refused() {
    return REFUSED.get();
  }

  @Override
  public String getScheme() {
    return "refusing";
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    return new Channel(super.open(mode));
  }

  private static void write() throws IOException {
    HANGING.incrementAndGet();
    try {
      released.await();
    } catch (InterruptedException stopped) {
      throw new InterruptedIOException("stopped");
    } finally {
      HANGING.decrementAndGet();
    }
    if (ALLOWED.getAndUpdate(n -> n == Integer.MAX_VALUE ? n : n - 1) <= 0) {
      REFUSED.incrementAndGet();
      throw new IOException("No space left on device");
    }
  }

  private static final class Channel extends FileBaseDefault {
    private final FileChannel disk;

    Channel(FileChannel disk) {
      this.disk = disk;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      int read = disk.read(into, position);
      READ.addAndGet(read);
      return read;
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      RefusingDisk.write();
      return disk.write(from, position);
    }

    @Override
    public void force(boolean metaData) throws IOException {
      RefusingDisk.write();
      disk.force(metaData);
    }

    @Override
    public long size() throws IOException {
      return disk.size();
    }

    @Override
    protected void implTruncate(long size) throws IOException {
      disk.truncate(size);
    }

    @Override
    public java.nio.channels.FileLock tryLock(long position, long size, boolean shared)
        throws IOException {
      return disk.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      disk.close();
    }
  }
}
