package org.fleetcast.door;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.fleetcast.problem.ProblemBody;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way, which has to be whole before the deadline. Then the request goes on, or it is
 * refused and its connection closed.
 *
 * <p>It is refused only where no read is under way, when the next bytes come or the server's own
 * time for a read is over: a connection that is closed in the middle of one makes the server's
 * selector stumble, which others share.
 */
final class IncomingBody implements ReadListener, AsyncListener {
  /** Where the server knows no time for a read (HTTP/2): more than the deadline and its own. */
  private static final Duration AT_LAST = Duration.ofSeconds(30);

  private static final int ROOM = 4096;

  private final AsyncContext async;
  private final ServletInputStream in;
  private final Waiting waiting;
  private final Caller caller;
  private final Consumer<String> refusals;
  private final Instant deadline;
  private ByteArrayOutputStream body = new ByteArrayOutputStream();
  private int held;
  private boolean over;
  private boolean released;

  /**
   * Begins to wait for the body.
   *
   * @param caller who has been admitted; his place is released at the end
   * @param refusals is given the reason of a refusal, of which there are few
   */
  static void await(
      AsyncContext async,
      ServletInputStream in,
      Waiting waiting,
      Caller caller,
      Consumer<String> refusals) {
    IncomingBody body = new IncomingBody(async, in, waiting, caller, refusals);
    try {
      async.setTimeout(AT_LAST.toMillis());
      async.addListener(body);
      in.setReadListener(body);
    } catch (RuntimeException broken) {
      body.release();
      throw broken;
    }
  }

  private IncomingBody(
      AsyncContext async,
      ServletInputStream in,
      Waiting waiting,
      Caller caller,
      Consumer<String> refusals) {
    this.async = async;
    this.in = in;
    this.waiting = waiting;
    this.caller = caller;
    this.refusals = refusals;
    this.deadline = SteadyClock.now().plus(caller.deadline());
  }

  @Override
  public void onDataAvailable() throws IOException {
    byte[] room = new byte[ROOM];
    while (isInTime() && in.isReady() && !in.isFinished()) {
      int read = in.read(room);
      if (read < 0) {
        return;
      }
      if (!takes(room, read)) {
        return;
      }
    }
  }

  private boolean takes(byte[] bytes, int count) {
    Refusal refusal;
    synchronized (this) {
      if (over) {
        return false;
      }
      refusal = hold(count);
      if (refusal == null) {
        body.write(bytes, 0, count);
        held += count;
        return true;
      }
    }
    refuse(refusal);
    return false;
  }

  private @Nullable Refusal hold(int count) {
    if (held + count > caller.most()) {
      return caller.tooLarge();
    }
    Waiting.Answer answer = waiting.hold(caller.name(), count);
    return answer == Waiting.Answer.ADMITTED ? null : caller.refusal(answer);
  }

  private boolean isInTime() {
    if (SteadyClock.now().isBefore(deadline)) {
      return true;
    }
    refuseLate();
    return false;
  }

  private void refuseLate() {
    refuse(Refusal.late(caller.deadline()));
  }

  /** It counts until it has been worked on, which may have to wait for a thread. */
  @Override
  public void onAllDataRead() {
    if (ends()) {
      byte[] whole = body.toByteArray();
      body = new ByteArrayOutputStream(0);
      async.getRequest().setAttribute(BodyFilter.BODY, new WholeBody(whole, this::release));
      async.dispatch();
    }
  }

  /** The caller is silent for too long, or gone. */
  @Override
  public void onError(Throwable failure) {
    refuseLate();
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    refuseLate();
  }

  private void refuse(Refusal refusal) {
    if (!ends()) {
      return;
    }
    release();
    refusals.accept(refusal.reason());
    HttpServletResponse response = (HttpServletResponse) async.getResponse();
    try {
      response.setHeader("Connection", "close");
      ProblemBody.write(refusal.problem(), (HttpServletRequest) async.getRequest(), response);
    } catch (IOException gone) {
      // there is nobody left to tell
    } finally {
      async.complete();
    }
  }

  private synchronized boolean ends() {
    if (over) {
      return false;
    }
    over = true;
    return true;
  }

  private synchronized void release() {
    over = true;
    if (!released) {
      released = true;
      waiting.release(caller.name(), held);
    }
  }

  @Override
  public void onError(AsyncEvent event) {
    release();
  }

  @Override
  public void onComplete(AsyncEvent event) {
    release();
  }

  @Override
  public void onStartAsync(AsyncEvent event) {
    // the resource's own; this body is whole by then
  }
}
