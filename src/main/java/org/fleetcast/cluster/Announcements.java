package org.fleetcast.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.ThreadName;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * What replicas tell each other, in a few words and as soon as the transaction commits. Whoever
 * listens is also told when it may have missed something, since nothing is said twice.
 */
@Singleton
public class Announcements implements Runnable {
  private static final Logger LOG = System.getLogger(Announcements.class.getName());
  private static final String CHANNEL = "fleetcast_said";
  private static final String WHERE = "announcements";
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Who looks again so late was held up. */
  private static final Duration HELD_UP = Duration.ofSeconds(3);

  /** After which our own word has come back to us, if any does. */
  private static final Duration ECHO = Duration.ofSeconds(5);

  private static final int PATIENCE_SECONDS = 5;

  /** Shorter: requests wait for it one after another. */
  private static final int SAY_SECONDS = 2;

  private static final String SAY = "select pg_notify('" + CHANNEL + "', ?)";

  private final Cluster cluster;
  private final InternalFaults faults;
  private final Map<String, Consumer<String>> listeners = new ConcurrentHashMap<>();
  private final List<Runnable> missed = new CopyOnWriteArrayList<>();
  private volatile boolean stopped;
  private boolean deaf;

  @GuardedBy("this")
  private @Nullable Connection saying;

  @Inject
  public Announcements(Cluster cluster, InternalFaults faults) {
    this.cluster = cluster;
    this.faults = faults;
  }

  /** Whether there is anybody to tell. */
  public boolean isOn() {
    return cluster.isOn();
  }

  /** Hears what other replicas say of one kind, which is a word. */
  public void listen(String kind, Consumer<String> heard) {
    listeners.put(kind, heard);
  }

  /**
   * Is told when something may have been said that nobody heard here, or when what is heard next
   * may have been said long ago.
   */
  public void whenMissed(Runnable look) {
    missed.add(look);
  }

  /**
   * The statement that says something, within a transaction of the caller's, with its parameter.
   */
  public String statement() {
    return "select 1 from pg_notify('" + CHANNEL + "', ?1)";
  }

  /** What its parameter is. */
  public String parameter(String kind, String text) {
    return cluster.replica() + " " + kind + " " + text;
  }

  /** Says something at once. */
  public synchronized void say(String kind, String text) throws SQLException {
    boolean done = false;
    Connection open = saying;
    try {
      if (open == null) {
        open = cluster.connect("say", SAY_SECONDS);
        saying = open;
      }
      try (PreparedStatement say = open.prepareStatement(SAY)) {
        say.setString(1, parameter(kind, text));
        say.execute();
      }
      done = true;
    } finally {
      if (!done) {
        Connections.close(saying);
        saying = null;
      }
    }
  }

  void start(@Observes @Priority(3_900) Startup event, ManagedExecutorService executor) {
    if (isOn()) {
      executor.execute(ThreadName.during("announcements", this));
    }
  }

  void stop(@Observes @Priority(200) Shutdown event) {
    stopped = true;
  }

  @Override
  public void run() {
    while (!stopped) {
      try {
        hear();
      } catch (SQLException away) {
        LOG.log(Level.DEBUG, "What other replicas say cannot be heard", away);
        faults.guard(WHERE, Announcements::rest);
      }
    }
  }

  private static void rest() {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private void hear() throws SQLException {
    try (Connection open = cluster.connect("hear", PATIENCE_SECONDS);
        Statement sql = open.createStatement()) {
      sql.execute("listen " + CHANNEL);
      say("echo", "");
      Instant due = SteadyClock.now().plus(ECHO);
      missed.forEach(look -> faults.guard(WHERE, look));
      PGConnection said = open.unwrap(PGConnection.class);
      Instant looked = SteadyClock.now();
      while (!stopped) {
        PGNotification[] heard = said.getNotifications((int) LOOK.toMillis());
        Instant now = SteadyClock.now();
        if (now.isAfter(looked.plus(HELD_UP))) {
          missed.forEach(look -> faults.guard(WHERE, look));
        }
        looked = now;
        if (heard == null || heard.length == 0) {
          sql.execute("select 1"); // else a connection that is dead is not noticed
          deaf = deaf || isDeaf(now.isAfter(due));
        } else {
          due = Instant.MAX;
          deaf = false;
          for (PGNotification each : heard) {
            // No method may name the driver's types, not even a lambda's: CDI looks at all.
            String text = each.getParameter();
            faults.guard(WHERE, () -> heard(text));
          }
        }
      }
    }
  }

  private static boolean isDeaf(boolean late) {
    if (late) {
      LOG.log(
          Level.WARNING,
          "What replicas announce is not heard, they look once a second: CLUSTER_DATABASE_URL, or"
              + " DATABASE_URL without it, has to lead to PostgreSQL itself and not through a"
              + " pooler in transaction mode");
    }
    return late;
  }

  private void heard(String said) {
    String[] parts = said.split(" ", 3);
    Consumer<String> listener = parts.length == 3 ? listeners.get(parts[1]) : null;
    if (listener != null && !parts[0].equals(cluster.replica())) {
      listener.accept(parts[2]);
    }
  }
}
