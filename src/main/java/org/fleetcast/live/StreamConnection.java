package org.fleetcast.live;

import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.fleetcast.identity.LoginLease;
import org.fleetcast.live.transport.StreamTransport;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * The open stream of a session: the one writer to one browser. Woken, it takes all that waits in
 * the session and sends it in one write, on its wire's thread and never in the publisher's call (or
 * nothing would be coalesced).
 *
 * <p>Its life: the head of the answer is already sent when it is made; it sends its first bytes and
 * then whatever it is woken for, until the reader goes or {@link #finish} makes it say good-bye.
 * While its reader takes nothing it stays awake, and the wire runs it again; it does so too when
 * the reader leaves.
 */
final class StreamConnection implements Runnable {
  private static final String WHERE = "stream";

  /** The most that is taken for one write, so that busy streams take turns. */
  private static final int MAX_WRITE = 64 * 1024;

  private final Session session;
  private final Format format;
  private final LoginLease login;
  private final AsyncContext async;
  private final StreamTransport wire;
  private final Ended ended;
  private final InternalFaults faults;
  private final ViewerMemory memory;
  private final AtomicBoolean awake = new AtomicBoolean();
  private final AtomicBoolean over = new AtomicBoolean();

  /** What its reader was sent and does not take, in bytes; counted in the memory too. */
  private final AtomicInteger unsent = new AtomicInteger();

  private byte @Nullable [] firstBytes;
  private boolean saidGoodBye;
  private volatile @Nullable Instant stalledSince;
  private volatile boolean heartbeatDue;
  private volatile Frames.@Nullable Chunk farewell;
  private volatile Instant lastWrite;

  /** Told once, when the stream is over, with how long its last write took. */
  interface Ended {
    void ended(StreamConnection connection, Duration lastWrite);
  }

  /**
   * The stream of a session.
   *
   * @param login until when it may go on; closed with the stream
   */
  StreamConnection(
      Session session,
      Format format,
      LoginLease login,
      byte[] firstBytes,
      AsyncContext async,
      StreamTransport wire,
      ViewerMemory memory,
      Ended ended,
      InternalFaults faults) {
    this.session = session;
    this.format = format;
    this.login = login;
    this.firstBytes = firstBytes;
    this.async = async;
    this.wire = wire;
    this.lastWrite = SteadyClock.now();
    this.ended = ended;
    this.faults = faults;
    this.memory = memory;
  }

  Session session() {
    return session;
  }

  Format format() {
    return format;
  }

  /** By which login it is open. */
  LoginLease login() {
    return login;
  }

  boolean expired(Instant now) {
    return !now.isBefore(login.expiresAt());
  }

  /** Something waits: write it soon, on another thread. Never waits, never throws. */
  void wake() {
    if (awake.compareAndSet(false, true)) {
      try {
        wire.execute(this);
      } catch (RejectedExecutionException ended) {
        over(Duration.ZERO); // the application is being stopped, or the event loop has ended
      } catch (Throwable fault) {
        faults.survived(WHERE, fault);
        abandon();
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
  void finish(Frames.Chunk lastBytes) {
    farewell = lastBytes;
    wake();
  }

  @Override
  public void run() {
    if (over.get()) {
      return;
    }
    Instant start = SteadyClock.now();
    Instant stalled = stalledSince;
    try {
      if (!wire.sendRest(this) || !sendNext(start)) {
        stalledSince = start; // and took something until now
        return;
      }
      if (stalled != null) {
        stalledSince = null;
      }
      if (saidGoodBye) {
        wire.end();
      }
    } catch (IOException | IllegalStateException gone) {
      cut(); // the reader left, or took nothing for the write deadline
      over(Duration.between(stalled == null ? start : stalled, SteadyClock.now()));
    } catch (Throwable fault) {
      faults.survived(WHERE, fault);
      abandon();
    }
    if (saidGoodBye) {
      over(Duration.ZERO);
    }
    awake.set(false);
    if (!over.get() && (heartbeatDue || farewell != null || session.hasWaiting(this))) {
      wake(); // what came while this was writing
    }
  }

  /** The stream ends here, whatever its reader has got; its session waits for the next one. */
  void abandon() {
    cut();
    over(Duration.ZERO);
  }

  private Frames.Chunk next() {
    byte[] first = firstBytes;
    Frames.Chunk last = farewell;
    if (first != null) {
      firstBytes = null;
      return Frames.Chunk.of(List.of(first));
    }
    if (last != null) {
      Frames.Chunk words = saidGoodBye ? Frames.Chunk.NOTHING : last;
      saidGoodBye = true;
      return words;
    }
    Frames.Chunk waiting = session.next(this, MAX_WRITE);
    boolean beating = waiting.pieces().isEmpty() && heartbeatDue;
    heartbeatDue = false;
    return beating ? Frames.Chunk.of(List.of(Frames.HEARTBEAT)) : waiting;
  }

  private boolean sendNext(Instant now) throws IOException {
    Frames.Chunk chunk = next();
    if (chunk.pieces().isEmpty()) {
      hold(0);
      return true;
    }
    lastWrite = now;
    if (wire.waits()) {
      hold(chunk.size()); // nobody can say so when it does
    }
    boolean sent = wire.send(chunk.pieces(), this);
    hold(sent ? 0 : chunk.size());
    return sent;
  }

  private void hold(int bytes) {
    int before = unsent.get() == bytes ? bytes : unsent.getAndSet(bytes);
    if (before != bytes) {
      memory.add(bytes - before);
    }
    if (bytes > 0 && over.get()) {
      hold(0); // it was over before this was counted
    }
  }

  long unsent() {
    return unsent.get();
  }

  /** Whether its reader does not take what was sent. */
  boolean isBehind() {
    return stalledSince != null && wire.isStalled();
  }

  /** Whether nothing is sent on it any more. */
  boolean isOver() {
    return over.get();
  }

  private void cut() {
    try {
      wire.cut();
    } catch (IOException gone) {
      return; // which is what was wanted
    } catch (Throwable fault) {
      faults.survived(WHERE, fault);
    }
  }

  private void over(Duration lastWrite) {
    if (over.compareAndSet(false, true)) {
      hold(0);
      faults.guard(WHERE, login::close);
      faults.guard(WHERE, () -> ended.ended(this, lastWrite));
      try {
        async.complete();
      } catch (IllegalStateException alreadyComplete) {
        return; // the container ended it before we did; either way it is over
      } catch (Throwable fault) {
        faults.survived(WHERE, fault);
      }
    }
  }
}
