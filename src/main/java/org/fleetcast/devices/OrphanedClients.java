package org.fleetcast.devices;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.problem.BoundedLog;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.SteadyClock;

/**
 * Clients at the issuer whose device may not have been made in the end. Those without a device are
 * removed as soon as the issuer answers, and once more a while later: a request that was given up
 * may still be on its way.
 */
@Singleton
class OrphanedClients {
  private static final Logger LOG = System.getLogger(OrphanedClients.class.getName());
  private static final String WHERE = "leftovers";
  private static final BoundedLog LEFT = new BoundedLog(LOG);
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration ON_ITS_WAY = Duration.ofSeconds(30);
  private static final int MOST = 2_000;

  private final Queue<Leftover> waiting = new LinkedBlockingQueue<>(MOST);
  private final Predicate<String> hasDevice;
  private final CredentialIssuer issuer;
  private final ManagedScheduledExecutorService scheduler;
  private final InternalFaults faults;
  private final Clock clock;

  @Inject
  OrphanedClients(
      Devices devices,
      CredentialIssuer issuer,
      ManagedScheduledExecutorService scheduler,
      InternalFaults faults) {
    this(devices::hasClient, issuer, scheduler, faults, SteadyClock.INSTANCE);
  }

  /**
   * Leftovers by another registry.
   *
   * @param hasDevice whether there is a device of a client; throws a {@link Problem} while nobody
   *     can say
   */
  OrphanedClients(
      Predicate<String> hasDevice,
      CredentialIssuer issuer,
      ManagedScheduledExecutorService scheduler,
      InternalFaults faults,
      Clock clock) {
    this.hasDevice = hasDevice;
    this.issuer = issuer;
    this.scheduler = scheduler;
    this.faults = faults;
    this.clock = clock;
  }

  private record Leftover(String clientId, Instant due) {}

  void start(@Observes Startup event) {
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard(WHERE, this::removeAll),
        EVERY.toSeconds(),
        EVERY.toSeconds(),
        TimeUnit.SECONDS);
  }

  /** Sees to it that a client is removed if it has no device; waits for nothing. */
  void remove(String clientId) {
    Instant now = clock.instant();
    boolean taken =
        waiting.offer(new Leftover(clientId, now))
            && waiting.offer(new Leftover(clientId, now.plus(ON_ITS_WAY)));
    LEFT.log(
        Level.WARNING,
        "A client without a device may be at the issuer"
            + (taken ? ", it will be removed" : " and stays there")
            + " client="
            + clientId,
        null);
  }

  /** One at a time, and no more of them once one fails: the others begin the next time. */
  void removeAll() {
    Instant now = clock.instant();
    for (Leftover leftover : waiting) {
      if (!leftover.due().isAfter(now) && !remove(leftover)) {
        if (waiting.remove(leftover)) {
          waiting.offer(leftover);
        }
        return;
      }
    }
  }

  private boolean remove(Leftover leftover) {
    try {
      // A commit whose answer was lost may have made the device all the same.
      if (!hasDevice.test(leftover.clientId())) {
        issuer.delete(leftover.clientId());
      }
      waiting.remove(leftover);
      return true;
    } catch (Problem later) {
      LOG.log(Level.DEBUG, "Clients without a device wait for the issuer or the registry", later);
    } catch (Throwable fault) {
      faults.survived(WHERE, fault);
    }
    return false;
  }
}
