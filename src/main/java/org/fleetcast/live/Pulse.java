package org.fleetcast.live;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The beat of the live side: looks at every session once a second, and ends them all at the end.
 */
@Singleton
public class Pulse {
  private static final Logger LOG = System.getLogger(Pulse.class.getName());
  private static final Duration FAREWELL = Duration.ofSeconds(5);

  private final Sessions sessions;
  private final ManagedScheduledExecutorService scheduler;

  @Inject
  public Pulse(Sessions sessions, ManagedScheduledExecutorService scheduler) {
    this.sessions = sessions;
    this.scheduler = scheduler;
  }

  void start(@Observes Startup event) {
    scheduler.scheduleAtFixedRate(this::beat, 1, 1, TimeUnit.SECONDS);
    // The container waits 30 s for open streams and then cuts them without a word. Only a hook of
    // the JVM runs beside it, so it is the one thread here that no executor manages.
    Runtime.getRuntime().addShutdownHook(new Thread(this::end, "fleetcast-farewell"));
  }

  void stop(@Observes Shutdown event) {
    end();
  }

  private void beat() {
    try {
      sessions.tick();
    } catch (RuntimeException bug) {
      // A schedule that throws is never run again, and then nobody would find dead readers.
      LOG.log(Level.ERROR, "The regular look at the streams failed", bug);
    }
  }

  private void end() {
    sessions.shutdown();
    Instant deadline = Instant.now().plus(FAREWELL);
    while (sessions.open() > 0 && Instant.now().isBefore(deadline)) {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }
}
