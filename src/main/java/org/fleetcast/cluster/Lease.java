package org.fleetcast.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Which replica holds the sink.
 *
 * <p>Its life: whoever finds it free takes it under a new epoch and renews it every second; free it
 * is when it was given back, when its holder's own connection is gone from the database, or when it
 * was not renewed for five seconds of the database's clock. The holder itself counts these five
 * seconds by its steady clock, from before it asked: so it stops before anybody can follow. The
 * rules are those of {@link Tenure}.
 */
@Singleton
public class Lease implements Runnable {
  static final Duration LENGTH = Duration.ofSeconds(5);

  private static final Logger LOG = System.getLogger(Lease.class.getName());
  private static final String WHERE = "lease";
  private static final Duration RENEWAL = Duration.ofSeconds(1);
  private static final Duration LOOK = Duration.ofMillis(100);

  /** The database gave up waiting for a lock, which says nothing against the connection. */
  private static final String LOCKED = "55P03";

  private final LeaseTable table;
  private final String replica;
  private final InternalFaults faults;
  private final Clock clock;
  private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
  private volatile LeaseTable.@Nullable Row known;
  private boolean told;

  /** Changed by one at a time; read by all. */
  private volatile Tenure held = Tenure.NONE;

  @GuardedBy("this")
  private boolean hurried;

  @Inject
  public Lease(Cluster cluster, InternalFaults faults) {
    this(new LeaseTable(cluster), cluster.replica(), faults, SteadyClock.INSTANCE);
  }

  Lease(LeaseTable table, String replica, InternalFaults faults, Clock clock) {
    this.table = table;
    this.replica = replica;
    this.faults = faults;
    this.clock = clock;
  }

  /** The epoch under which this process holds it now; 0 when it does not. */
  public long epoch() {
    return held.at(clock.instant());
  }

  /** Who holds it as far as is known here; empty when nobody does. */
  public String holder() {
    LeaseTable.Row now = known;
    return now == null || now.holder() == null ? "" : now.holder();
  }

  /** Since when that is so, by the database's clock; null when nothing is known. */
  public @Nullable Instant since() {
    LeaseTable.Row now = known;
    return now == null ? null : now.since();
  }

  /** Tells of each change, on the thread that looks after the lease: it must not be held up. */
  public void watch(Runnable watcher) {
    watchers.add(watcher);
  }

  /** Looks after the lease until {@link #stop}. */
  @Override
  public void run() {
    while (!held.left() && !Thread.currentThread().isInterrupted()) {
      faults.guard(WHERE, this::look);
      pause();
    }
    table.close(); // it may have been opened again since the end
  }

  private synchronized void pause() {
    try {
      if (!held.left() && !hurried) {
        wait((!held.isHeld() && !told ? LOOK : RENEWAL).toMillis());
      }
      hurried = false;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /** Has it looked at now: it may be free. */
  public synchronized void hurry() {
    hurried = true;
    notifyAll();
  }

  /** Renews it, or takes it if it is free. One that was over is taken again, under a new epoch. */
  void look() {
    Instant asked = clock.instant();
    loseWhatIsOver(asked, "it was not renewed in time");
    try {
      long epoch = held.epoch();
      if (epoch == 0) {
        take(asked);
      } else if (table.renew(epoch, replica)) {
        change(tenure -> tenure.renewed(asked));
      } else {
        lost("another replica has it");
      }
      told = false;
    } catch (SQLException away) {
      if (!LOCKED.equals(away.getSQLState())) {
        table.close();
      }
      if (!told) {
        LOG.log(
            Level.WARNING, "The lease of the sink cannot be asked for cause=" + away.getMessage());
        told = true;
      }
    }
    loseWhatIsOver(clock.instant(), "it could not be renewed");
  }

  /** Whoever acts on it has to be told that it was over, even if nobody else took it meanwhile. */
  private void loseWhatIsOver(Instant now, String reason) {
    if (held.isOver(now)) {
      lost(reason);
    }
  }

  private void take(Instant asked) throws SQLException {
    LeaseTable.Row row = table.look();
    known = row;
    if (!row.free() || held.left()) {
      return;
    }
    LeaseTable.Taken taken = table.take(replica);
    if (taken == null) {
      return;
    }
    change(tenure -> tenure.taken(taken.epoch(), asked));
    if (held.left()) {
      table.release(taken.epoch(), replica); // it has been left meanwhile
      return;
    }
    known = new LeaseTable.Row(replica, taken.since(), false);
    LOG.log(
        Level.INFO, "This replica holds the sink epoch=" + taken.epoch() + " replica=" + replica);
    tell();
  }

  private void lost(String reason) {
    if (held.left()) {
      return; // that it was given back is no loss
    }
    change(Tenure::lost);
    LOG.log(Level.WARNING, "This replica no longer holds the sink reason=" + reason);
    tell();
  }

  private synchronized void change(UnaryOperator<Tenure> rule) {
    held = rule.apply(held);
  }

  private void tell() {
    watchers.forEach(watcher -> faults.guard(WHERE, watcher));
  }

  /** Ends looking after it, and gives it back: whoever waits for it has it at once. */
  public void stop() {
    long epoch = leave();
    if (epoch != 0) {
      try {
        table.release(epoch, replica);
        LOG.log(Level.INFO, "The sink was handed over epoch=" + epoch);
      } catch (SQLException away) {
        LOG.log(Level.DEBUG, "The lease ends by itself", away);
      }
    }
    table.close();
  }

  private synchronized long leave() {
    long epoch = held.epoch();
    held = held.leave();
    notifyAll();
    return epoch;
  }
}
