package org.fleetcast.live;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The open stream of a session: the one writer to one browser. Woken, it takes all that waits in
 * the session's mailbox and sends it in one write and one flush, on an executor and never in the
 * publisher's call (or nothing would be coalesced).
 *
 * <p>A write waits for its reader, whatever the servlet API promises, so it runs on {@link
 * Writers}; the server's write timeout ends it. Its life: opened with its first bytes already sent,
 * it writes whenever it is woken, until the reader goes or {@link #finish} makes it say good-bye.
 */
final class Connection implements Runnable {
  /** The most that is taken from the mailbox for one write, so that busy streams take turns. */
  private static final int MAX_WRITE = 64 * 1024;

  private final Session session;
  private final Format format;
  private final Instant expiresAt;
  private final AsyncContext async;
  private final ServletOutputStream out;
  private final Executor writers;
  private final Ended ended;
  private final AtomicBoolean awake = new AtomicBoolean();
  private final AtomicBoolean over = new AtomicBoolean();

  private volatile boolean heartbeatDue;
  private volatile @Nullable List<byte[]> farewell;
  private volatile Instant lastWrite;

  /** Told once, when the stream is over, with how long its last write took. */
  interface Ended {
    void ended(Connection connection, Duration lastWrite);
  }

  Connection(
      Session session,
      Format format,
      Instant expiresAt,
      AsyncContext async,
      ServletOutputStream out,
      Executor writers,
      Ended ended) {
    this.session = session;
    this.format = format;
    this.expiresAt = expiresAt;
    this.async = async;
    this.out = out;
    this.writers = writers;
    this.lastWrite = Instant.now();
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

  /** Something waits: write it soon, on another thread. Never waits. */
  void wake() {
    if (awake.compareAndSet(false, true)) {
      try {
        writers.execute(this);
      } catch (RejectedExecutionException stopping) {
        over(Duration.ZERO); // the application is being stopped: nobody writes any more
      }
    }
  }

  /** Says that a comment is due if nothing was written for that long. */
  void beat(Instant now, Duration interval) {
    if (!lastWrite.plus(interval).isAfter(now)) {
      lastWrite = now;
      heartbeatDue = true;
      wake();
    }
  }

  /** Writes these last bytes after what is under way, then ends the stream. */
  void finish(List<byte[]> lastBytes) {
    farewell = lastBytes;
    wake();
  }

  /** Ends the stream without a word: its reader is gone. */
  void abandon() {
    over(Duration.ZERO);
  }

  @Override
  public void run() {
    if (over.get()) {
      return;
    }
    Instant start = Instant.now();
    boolean wrote = false;
    try {
      List<byte[]> last = farewell;
      write(last == null ? next() : last, start);
      wrote = last == null;
    } catch (IOException | IllegalStateException gone) {
      wrote = false; // the reader went, or the write timeout cut it
    } finally {
      if (!wrote) {
        over(Duration.between(start, Instant.now()));
      }
    }
    awake.set(false);
    if (!over.get() && (heartbeatDue || farewell != null || session.hasWaiting(this))) {
      wake(); // what came while this was writing
    }
  }

  private List<byte[]> next() {
    List<byte[]> waiting = session.next(this, MAX_WRITE);
    boolean beating = waiting.isEmpty() && heartbeatDue;
    heartbeatDue = false;
    return beating ? List.of(Frames.HEARTBEAT) : waiting;
  }

  /** The container's buffer puts the pieces together, so it is one write to the network. */
  private void write(List<byte[]> pieces, Instant now) throws IOException {
    if (!pieces.isEmpty()) {
      lastWrite = now;
      for (byte[] piece : pieces) {
        out.write(piece);
      }
      out.flush();
    }
  }

  private void over(Duration lastWrite) {
    if (over.compareAndSet(false, true)) {
      ended.ended(this, lastWrite);
      try {
        async.complete();
      } catch (IllegalStateException alreadyComplete) {
        return; // the container ended it before we did; either way it is over
      }
    }
  }
}
