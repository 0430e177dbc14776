package org.fleetcast.live;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The open stream of a session: the one writer to one browser. It takes all that waits in the
 * session's mailbox and writes it at once, only while the container says that it will not block, on
 * an executor and never in the publisher's call (or nothing would be coalesced).
 *
 * <p>Its life: opened with its first bytes already sent, it writes whenever it is woken, until the
 * reader goes, or until {@link #finish} makes it say good-bye and complete.
 */
final class Connection implements WriteListener {
  /** A write takes at most this much: beyond it the container copies more than it sends. */
  static final int MAX_WRITE = 64 * 1024;

  private static final byte[] NOTHING = new byte[0];

  private final Session session;
  private final Format format;
  private final Instant expiresAt;
  private final AsyncContext async;
  private final ServletOutputStream out;
  private final Executor executor;
  private final Ended ended;

  /** Wake-ups not yet served; whoever raises it from 0 is the one that writes. */
  private final AtomicInteger wakes = new AtomicInteger();

  private byte[] chunk = NOTHING;
  private int offset;
  private boolean flushed = true;
  private volatile boolean heartbeatDue;
  private volatile byte @Nullable [] farewell;
  private volatile boolean over;
  private volatile @Nullable Instant blockedSince;
  private volatile Instant lastWrite;

  /** Told once, when the stream is over. */
  interface Ended {
    void ended(Connection connection);
  }

  Connection(
      Session session,
      Format format,
      Instant expiresAt,
      AsyncContext async,
      ServletOutputStream out,
      Executor executor,
      Instant now,
      Ended ended) {
    this.session = session;
    this.format = format;
    this.expiresAt = expiresAt;
    this.async = async;
    this.out = out;
    this.executor = executor;
    this.lastWrite = now;
    this.ended = ended;
  }

  Session session() {
    return session;
  }

  Format format() {
    return format;
  }

  boolean expired(Instant now) {
    return !now.isBefore(expiresAt);
  }

  /** Something waits: write it soon, on another thread. */
  void wake() {
    if (wakes.getAndIncrement() == 0) {
      try {
        executor.execute(this::serve);
      } catch (RejectedExecutionException stopping) {
        over(); // the application is being stopped: nobody writes any more
      }
    }
  }

  @Override
  public void onWritePossible() {
    blockedSince = null;
    if (wakes.getAndIncrement() == 0) {
      serve();
    }
  }

  @Override
  public void onError(Throwable gone) {
    over();
  }

  /** Says that a comment is due if nothing was written for that long. */
  void beat(Instant now, Duration interval) {
    if (!lastWrite.plus(interval).isAfter(now)) {
      lastWrite = now;
      heartbeatDue = true;
      wake();
    }
  }

  /** Whether the reader has taken nothing for that long although something waits. */
  boolean stalled(Instant now, Duration deadline) {
    Instant since = blockedSince;
    return since != null && since.plus(deadline).isBefore(now);
  }

  /** Writes these last bytes after what is under way, then ends the stream. */
  void finish(byte[] lastBytes) {
    farewell = lastBytes;
    wake();
  }

  /** Ends the stream at once, whatever is under way: the reader takes nothing any more. */
  void cut() {
    over();
  }

  private void serve() {
    int served = wakes.get();
    do {
      write();
      served = wakes.addAndGet(-served);
    } while (served != 0);
  }

  private void write() {
    try {
      while (!over) {
        if (!out.isReady()) {
          if (blockedSince == null) {
            blockedSince = Instant.now();
          }
          return; // the container calls onWritePossible
        }
        if (!step()) {
          return;
        }
      }
    } catch (IOException | IllegalStateException gone) {
      over();
    }
  }

  /** Does one thing that the container is ready for; false when there is nothing left to do. */
  private boolean step() throws IOException {
    if (offset == chunk.length) {
      chunk = nextChunk();
      offset = 0;
    }
    if (offset < chunk.length) {
      int length = Math.min(MAX_WRITE, chunk.length - offset);
      out.write(chunk, offset, length);
      offset += length;
      flushed = false;
      return true;
    }
    if (!flushed) {
      flushed = true;
      out.flush();
      return true;
    }
    if (farewell != null) {
      over();
    }
    return false;
  }

  private byte[] nextChunk() {
    byte[] last = farewell;
    if (last != null) {
      farewell = last.length == 0 ? last : NOTHING;
      return last;
    }
    byte[] waiting = session.next(this, MAX_WRITE);
    if (waiting.length == 0 && heartbeatDue) {
      waiting = Frames.HEARTBEAT;
    }
    if (waiting.length > 0) {
      heartbeatDue = false;
      lastWrite = Instant.now();
    }
    return waiting;
  }

  private void over() {
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
    }
    ended.ended(this);
    try {
      async.complete();
    } catch (IllegalStateException alreadyComplete) {
      // The container ended it before we did; either way it is over.
    }
  }

  /** Whether the stream has ended. */
  boolean isOver() {
    return over;
  }
}
