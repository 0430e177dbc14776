package org.fleetcast.sink;

import static org.fleetcast.metrics.Described.metric;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.fleetcast.cluster.BatchLog;
import org.fleetcast.cluster.BatchReader;
import org.fleetcast.cluster.Lease;
import org.fleetcast.live.Sessions;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Setting;
import org.fleetcast.problem.ThreadName;
import org.fleetcast.time.SteadyClock;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps this replica's copy of the shared journal up with the database, and shows what comes: by
 * reading what another replica writes, until it has the lease and all that was written before.
 */
@Singleton
class JournalFollower implements Runnable {
  private static final Logger LOG = System.getLogger(JournalFollower.class.getName());
  private static final String WHERE = "follower";

  /** It looks so often, whether it was told of something or not. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Who has seen a line elsewhere waits so long for it here. */
  private static final Duration LAG = Duration.ofSeconds(3);

  /** What it was told of the lease may come before the lease is known here. */
  private static final Duration SLICE = Duration.ofMillis(50);

  private static final Duration AGAIN = Duration.ofMillis(200);
  private static final Duration TRIM = Duration.ofSeconds(10);
  private static final long VACUUM_SECONDS = 10;

  private final JournalKeeper keeper;
  private final BatchLog log;
  private final Lease lease;
  private final Sessions sessions;
  private final InternalFaults faults;
  private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
  private @Nullable BatchReader reader;
  private volatile long leading;
  private volatile Instant looked = SteadyClock.now();
  private Instant trimmed = Instant.MIN;
  private volatile boolean stopped;
  private boolean told;

  @Inject
  JournalFollower(
      JournalKeeper keeper,
      BatchLog log,
      Lease lease,
      Sessions sessions,
      LinePublisher live,
      LineListener activity,
      InternalFaults faults) {
    this.keeper = keeper;
    this.log = log;
    this.lease = lease;
    this.sessions = sessions;
    this.faults = faults;
    keeper
        .shared()
        .ifPresent(
            shared ->
                shared.show(
                    messages -> {
                      for (Delivery.Taken message : messages) {
                        if (!message.lines().isEmpty()) {
                          faults.guard("activity", () -> activity.record(message.seen()));
                          faults.guard("live publish", () -> live.show(message));
                        }
                      }
                    }));
    lease.watch(this::leaseChanged);
  }

  /** After the schema is there, and before anybody reads the journal. */
  void load(@Observes @Priority(150) Startup event) {
    keeper.shared().ifPresent(this::load);
  }

  private void load(SharedJournal shared) {
    try {
      log.prepare();
      shared.load();
      keeper.journal().goOn();
      sessions.mayLag(LAG, this::hasAllOf);
    } catch (SQLException away) {
      throw Setting.bad("CLUSTER=database: the journal in the database cannot be read", away);
    }
  }

  /** When all else that shows lines has started. */
  void start(
      @Observes @Priority(4_000) Startup event,
      ManagedExecutorService executor,
      ManagedScheduledExecutorService scheduler,
      LogMetrics metrics) {
    if (keeper.shared().isEmpty()) {
      return;
    }
    metrics.gauge(
        metric("fleetcast_cluster_holder", "1 while this replica holds the sink, else 0"),
        () -> isLeading() ? 1 : 0);
    metrics.gauge(
        metric(
            "fleetcast_cluster_behind_seconds",
            "Time since this replica last knew that it had every line that was taken"),
        () -> behind().toMillis() / 1_000.0);
    executor.execute(ThreadName.during("lease", lease));
    executor.execute(ThreadName.during("follower", this));
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard("vacuum", this::vacuum),
        VACUUM_SECONDS,
        VACUUM_SECONDS,
        TimeUnit.SECONDS);
  }

  /** When nothing is taken in any more, unless that was the case before. */
  void stop(@Observes @Priority(200) Shutdown event) {
    handOver();
  }

  /**
   * Gives the sink to whoever waits for it, when nothing is taken in any more, and what was on its
   * way is safe and acknowledged. What is on its way in spite of that is refused from now on, here
   * and by the epoch in the database.
   */
  void handOver() {
    keeper.shared().ifPresent(this::handOver);
  }

  private void handOver(SharedJournal shared) {
    if (isLeading()) {
      faults.guard(WHERE, () -> keeper.journal().acquit());
    }
    stopped = true;
    synchronized (this) {
      leading = 0;
      shared.follow();
    }
    lease.stop();
    wake();
  }

  /** Whether this replica may take lines in. */
  boolean isLeading() {
    long epoch = leading;
    return epoch != 0 && lease.epoch() == epoch;
  }

  /** Who holds the sink; empty while nobody does. */
  String holder() {
    return lease.holder();
  }

  /** Since when; null when that is not known. */
  @Nullable Instant since() {
    return lease.since();
  }

  /** How long ago this replica had every line that was taken; zero for who takes them in. */
  Duration behind() {
    return isLeading() ? Duration.ZERO : Duration.between(looked, SteadyClock.now());
  }

  /** Whether this replica has shown every line that any had shown at that moment, in the past. */
  private boolean hasAllOf(Instant moment) {
    return isLeading()
        ? keeper.shared().filter(SharedJournal::isSettled).isPresent()
        : !looked.isBefore(moment);
  }

  /** Tells of each change of {@link #isLeading}. */
  void watch(Runnable watcher) {
    watchers.add(watcher);
  }

  /** Called by who looks after the lease, and by the follower when it finds out by itself. */
  private void leaseChanged() {
    boolean left;
    synchronized (this) {
      left = leading != 0 && !isOfUse();
      if (left) {
        leading = 0;
        keeper.shared().ifPresent(SharedJournal::follow);
      }
      notifyAll();
    }
    if (left) {
      tell();
    }
  }

  /** Also the database may have said that another leads, before the lease was asked for. */
  private boolean isOfUse() {
    return isLeading() && keeper.shared().filter(SharedJournal::isArchivedHere).isPresent();
  }

  private void tell() {
    watchers.forEach(watcher -> faults.guard(WHERE, watcher));
  }

  private synchronized void wake() {
    notifyAll();
  }

  private synchronized void pause(Duration atMost) {
    try {
      if (!stopped) {
        wait(atMost.toMillis());
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      stopped = true;
    }
  }

  @Override
  public void run() {
    SharedJournal shared = keeper.shared().orElseThrow();
    while (!stopped) {
      try {
        step(shared);
        told = false;
      } catch (SQLException | MVStoreException away) {
        closeReader();
        if (!told) {
          told = true;
          LOG.log(
              Level.WARNING, "The shared journal cannot be followed cause=" + away.getMessage());
        }
        pause(AGAIN);
      } catch (Throwable fault) {
        faults.survived(WHERE, fault);
        closeReader();
        pause(LOOK);
      }
    }
    closeReader();
  }

  private void step(SharedJournal shared) throws SQLException {
    if (leading != 0) {
      pause(LOOK);
      if (isOfUse()) {
        tidy(shared);
      } else {
        leaseChanged();
      }
      return;
    }
    BatchReader open = opened(shared);
    long epoch = lease.epoch(); // before it is read: then all that others wrote is found
    Instant asked = SteadyClock.now();
    List<BatchLog.Numbered> next = open.after(shared.seq());
    if (!shared.isWhole() || !next.isEmpty()) {
      if (!shared.take(next)) {
        makeAnew(shared);
      } else if (BatchLog.isAll(next)) {
        looked = asked; // more may have come since, and always does while much is taken in
      }
    } else if (epoch != 0) {
      lead(shared, epoch);
    } else {
      looked = asked;
      log.ready();
      await(open);
    }
  }

  /** Until it is told of something, or has the lease. */
  private void await(BatchReader open) throws SQLException {
    Instant end = SteadyClock.now().plus(LOOK);
    BatchReader.Told heard = BatchReader.Told.NOTHING;
    while (heard == BatchReader.Told.NOTHING
        && lease.epoch() == 0
        && !stopped
        && SteadyClock.now().isBefore(end)) {
      heard = open.await(SLICE);
    }
    if (heard == BatchReader.Told.LEASE) {
      lease.hurry();
    }
  }

  private BatchReader opened(SharedJournal shared) throws SQLException {
    BatchReader open = reader;
    if (open == null) {
      open = log.reader();
      reader = open;
      keeper.journal().wake(); // who waits there for room waited for a turn that is over
      if (shared.isWhole() && !shared.isIn(open)) {
        LOG.log(Level.WARNING, "The database has no more what was read last, as after a failover");
        makeAnew(shared);
      }
    }
    return open;
  }

  private void makeAnew(SharedJournal shared) throws SQLException {
    LOG.log(Level.WARNING, "This replica lacks batches, its copy of the journal is made anew");
    shared.load();
    keeper.journal().goOn();
    sessions.skipTo(keeper.journal().lastGiven());
  }

  private void lead(SharedJournal shared, long epoch) {
    closeReader();
    keeper.journal().goOn(); // first: whoever appends needs the last time that was given
    synchronized (this) {
      if (stopped) {
        return;
      }
      shared.lead(epoch);
      leading = epoch;
    }
    LOG.log(Level.INFO, "This replica takes lines in epoch=" + epoch);
    tell();
    leaseChanged(); // it may be over already, when nobody was told since nobody led
  }

  private void tidy(SharedJournal shared) {
    Instant now = SteadyClock.now();
    try {
      shared.settle();
      if (!now.isBefore(trimmed.plus(TRIM))) {
        trimmed = now;
        shared.trim(keeper.isArchived());
      }
    } catch (NotHolderException elsewhere) {
      LOG.log(Level.DEBUG, "Another replica looks after the journal", elsewhere);
    }
  }

  private void vacuum() {
    if (isLeading()) {
      try {
        log.vacuum();
      } catch (SQLException refused) {
        LOG.log(Level.DEBUG, "The table of batches was not vacuumed", refused);
      }
    }
  }

  private void closeReader() {
    BatchReader open = reader;
    reader = null;
    if (open != null) {
      open.close();
    }
  }
}
