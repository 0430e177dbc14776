package org.fleetcast.live;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.ShutdownHook;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * The beat of the live side: looks at every session once a second, and ends them all at the end.
 */
@Singleton
class SessionMonitor {
  private static final Duration LOOK = Duration.ofMillis(900);
  private static final Duration FAREWELL = Duration.ofSeconds(5);

  private final Sessions sessions;
  private final ManagedScheduledExecutorService scheduler;
  private final InternalFaults faults;
  private volatile @Nullable ShutdownHook farewell;

  @Inject
  public SessionMonitor(
      Sessions sessions, ManagedScheduledExecutorService scheduler, InternalFaults faults) {
    this.sessions = sessions;
    this.scheduler = scheduler;
    this.faults = faults;
  }

  void start(@Observes Startup event) {
    // Not at a fixed rate, which the server reckons by the wall clock. A little more often than
    // once a second, since a stream ends a second before its token at most.
    scheduler.scheduleWithFixedDelay(
        this::beat, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
    if (sessions.share()) {
      // Two: others take a replica that says nothing for gone, whatever its sessions wait for.
      for (Runnable work : List.<Runnable>of(sessions::beat, sessions::tellOthers)) {
        scheduler.scheduleWithFixedDelay(
            () -> faults.guard("shared sessions", work),
            LOOK.toMillis(),
            LOOK.toMillis(),
            TimeUnit.MILLISECONDS);
      }
    }
    // The container waits 30 s for open streams and then cuts them without a word. Only a hook of
    // the JVM runs beside it, so it is the one thread here that no executor manages.
    farewell = ShutdownHook.added("fleetcast-farewell", this::end);
  }

  void stop(@Observes Shutdown event) {
    end();
    ShutdownHook hook = farewell;
    if (hook != null) {
      hook.remove();
    }
  }

  /** A schedule that throws is never run again, and then nobody would find dead readers. */
  private void beat() {
    faults.guard("pulse", sessions::tick);
  }

  private void end() {
    sessions.shutdown();
    Instant deadline = SteadyClock.now().plus(FAREWELL);
    while (sessions.open() > 0 && SteadyClock.now().isBefore(deadline)) {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }
}
