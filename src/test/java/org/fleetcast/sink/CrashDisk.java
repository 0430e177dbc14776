package org.fleetcast.sink;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;
import org.jspecify.annotations.Nullable;

/**
 * Files in memory, with a record of everything that was done to each: their names begin with {@code
 * crash:}.
 */
public final class CrashDisk extends FilePathWrapper {
  private static final Map<String, Content> FILES = new ConcurrentHashMap<>();

  /** What was done to a file. */
  sealed interface Operation permits Write, Truncate, Force {}

  @SuppressWarnings("ArrayRecordComponent")
  record Write(int position, byte[] bytes) implements Operation {}

  record Truncate(int size) implements Operation {}

  record Force() implements Operation {}

  /** The bytes of a file, and what was done to it since it was put here. */
  static final class Content {
    private byte[] bytes;
    private int size;
    private final List<Operation> operations = new ArrayList<>();

    Content(byte[] bytes) {
      this.bytes = bytes.clone();
      size = bytes.length;
    }

    synchronized byte[] bytes() {
      return Arrays.copyOf(bytes, size);
    }

    synchronized List<Operation> operations() {
      return List.copyOf(operations);
    }

    synchronized int done() {
      return operations.size();
    }

    synchronized void apply(Operation operation) {
      if (operation instanceof Write write) {
        write(write.position, write.bytes, 0, write.bytes.length);
      } else if (operation instanceof Truncate truncate) {
        size = Math.min(size, truncate.size);
        Arrays.fill(bytes, size, bytes.length, (byte) 0);
      }
    }

    /** A part of a write; what lies between the end of the file and it becomes zeros. */
    synchronized void write(int position, byte[] from, int offset, int length) {
      int end = position + length;
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length * 2));
      }
      System.arraycopy(from, offset, bytes, position, length);
      size = Math.max(size, end);
    }

    private synchronized void record(Operation operation) {
      operations.add(operation);
      apply(operation);
    }

    private synchronized int read(ByteBuffer into, long position) {
      if (position >= size) {
        return -1;
      }
      int length = (int) Math.min(into.remaining(), size - position);
      into.put(bytes, (int) position, length);
      return length;
    }
  }

  /** Puts a file there; gives its content, which changes as the file does. */
  static Content put(String name, byte[] bytes) {
    FilePath.register(new CrashDisk());
    Content content = new Content(bytes);
    FILES.put("crash:" + name, content);
    return content;
  }

  static void remove(String name) {
    FILES.remove("crash:" + name);
  }

  private Content content() {
    Content content = FILES.get(name);
    if (content == null) {
      throw new IllegalStateException("No file " + name);
    }
    return content;
  }

  @Override
  public String getScheme() {
    return "crash";
  }

  @Override
  public @Nullable FilePath getParent() {
    return null;
  }

  @Override
  public boolean exists() {
    return true;
  }

  @Override
  public boolean canWrite() {
    return true;
  }

  @Override
  public FileChannel open(String mode) {
    return new Channel(content());
  }

  private static final class Channel extends FileBaseDefault {
    private final Content content;

    Channel(Content content) {
      this.content = content;
    }

    @Override
    public int read(ByteBuffer into, long position) {
      return content.read(into, position);
    }

    @Override
    public int write(ByteBuffer from, long position) {
      byte[] bytes = new byte[from.remaining()];
      from.get(bytes);
      content.record(new Write((int) position, bytes));
      return bytes.length;
    }

    @Override
    public void force(boolean metaData) {
      content.record(new Force());
    }

    @Override
    public long size() {
      synchronized (content) {
        return content.size;
      }
    }

    @Override
    protected void implTruncate(long size) {
      content.record(new Truncate((int) size));
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
      return new Lock(this);
    }
  }

  private static final class Lock extends FileLock {
    Lock(FileChannel channel) {
      super(channel, 0, Long.MAX_VALUE, false);
    }

    @Override
    public boolean isValid() {
      return true;
    }

    @Override
    public void release() throws IOException {}
  }
}
