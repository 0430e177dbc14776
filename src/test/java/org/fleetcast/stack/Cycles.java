package org.fleetcast.stack;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Rotation cycles at a steady pace, as a CronJob asks for them, until closed. A server without a
 * token for that answers callers of its own machine.
 */
public final class Cycles implements Part {
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final Api server;
  private final Progress progress;
  private String trouble = "";

  private Cycles(Api server, Progress progress) {
    this.server = server;
    this.progress = progress;
    AtExit.closes(this);
  }

  /** Asks for one each time that the pause is over; tells of failures, once while they last. */
  public static Cycles every(Duration pause, Api server, Progress progress) {
    Cycles cycles = new Cycles(server, progress);
    cycles.clock.scheduleWithFixedDelay(
        cycles::one, pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
    return cycles;
  }

  @Override
  public void close() {
    clock.shutdownNow();
    AtExit.forgets(this);
  }

  private void one() {
    String now;
    try {
      int status = server.post("/internal/rotation-job").status();
      now = status == 200 ? "" : "the server answered " + status;
    } catch (UncheckedIOException | IllegalStateException away) {
      now = "the server did not answer";
    }
    if (!now.isEmpty() && !now.equals(trouble) && !clock.isShutdown()) {
      progress.say("no rotation cycle: " + now);
    }
    trouble = now;
  }
}
