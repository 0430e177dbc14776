package org.fleetcast.mqtt;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.jspecify.annotations.Nullable;

/**
 * The broker as the channels see it: always there, sometimes slow.
 *
 * <p>Its life: {@code start} connects, now or as soon as the broker answers; every end of a
 * connection, whoever wanted it, leads to exactly one next one, after a growing and jittered wait;
 * {@code stop} lets the batches under way finish and takes leave.
 */
final class Broker {
  private static final Logger LOG = System.getLogger(Broker.class.getName());

  /** A connection that ended earlier than this counts as a failure: two clients of one id. */
  private static final Duration LASTING = Duration.ofSeconds(10);

  private final Settings settings;
  private final ScheduledExecutorService executor;
  private final Executor delivery;
  private final Clock clock;
  private final List<BatchPublisher> incoming = new CopyOnWriteArrayList<>();
  private final List<Outbox> outgoing = new CopyOnWriteArrayList<>();
  private @Nullable Connection current;
  private @Nullable Future<?> next;
  private Status status;
  private int failures;
  private boolean told; // that the broker is away
  private boolean announced; // that it is there
  private boolean stopped;

  Broker(Settings settings, ScheduledExecutorService executor, Executor delivery, Clock clock) {
    this.settings = settings;
    this.executor = executor;
    this.delivery = delivery;
    this.clock = clock;
    this.status = new Status(false, clock.instant());
  }

  /** A channel of what arrives on the topics of the filter; to be made before the start. */
  BatchPublisher incoming(String filter, Limits limits) {
    BatchPublisher channel = new BatchPublisher(filter, limits, delivery, this);
    incoming.add(channel);
    return channel;
  }

  /** A channel to the topic; to be made before the start. */
  Outbox outgoing(String topic, int capacity, Runnable dropped) {
    Outbox channel = new Outbox(topic, capacity, delivery, dropped);
    outgoing.add(channel);
    return channel;
  }

  void start() {
    connectIn(Duration.ZERO);
  }

  /** Ends within the given time and a little more; the broker keeps the session. */
  void stop(Duration patience) throws InterruptedException {
    Connection last;
    synchronized (this) {
      stopped = true;
      last = current;
      current = null;
      status = new Status(false, clock.instant());
      if (next != null) {
        next.cancel(false);
      }
    }
    incoming.forEach(BatchPublisher::stop);
    Instant end = clock.instant().plus(patience);
    for (BatchPublisher channel : incoming) {
      channel.awaitSettled(Duration.between(clock.instant(), end));
    }
    if (last != null) {
      last.disconnect();
      LOG.log(Level.INFO, "The broker was left broker=" + settings);
    }
  }

  synchronized Status status() {
    return status;
  }

  /** Whether a channel has lost its consumer: only a restart helps. */
  boolean isDeserted() {
    return incoming.stream().anyMatch(BatchPublisher::isDeserted);
  }

  int unacked() {
    return incoming.stream().mapToInt(BatchPublisher::unacked).sum();
  }

  /** Ends the connection because a batch was refused, so that the broker delivers it again. */
  void drop(Connection connection, String reason) {
    lost(connection, reason);
  }

  /** Ends the connection and opens another at once: the broker delivers what was left with it. */
  void renew(Connection connection) {
    if (end(connection)) {
      LOG.log(Level.DEBUG, "The backlog is worked off, what waits at the broker is fetched");
      connectIn(Duration.ZERO);
    }
  }

  private void lost(Connection connection, String reason) {
    if (end(connection)) {
      connectLater(reason);
    }
  }

  /** Forgets a connection; true if it was the one in use, and the caller has to see to another. */
  private boolean end(Connection connection) {
    connection.abandon();
    incoming.forEach(channel -> channel.forget(connection));
    outgoing.forEach(channel -> channel.closed(connection));
    synchronized (this) {
      if (current != connection) {
        return false;
      }
      current = null;
      Instant now = clock.instant();
      failures = status.lasted(now).compareTo(LASTING) < 0 ? failures : 0;
      status = new Status(false, now);
    }
    executor.execute(connection::close);
    return true;
  }

  private void connect() {
    Connection connection = null;
    try {
      connection = new Connection(settings, this::arrived, this::lost);
      boolean known = connection.open(incoming.stream().map(BatchPublisher::filter).toList());
      adopt(connection, known);
    } catch (MqttException | RuntimeException failure) {
      // Whatever it was, the next try may succeed, and this loop is all that would make it.
      if (connection != null) {
        end(connection);
        connection.close();
      }
      LOG.log(Level.DEBUG, "Connecting failed broker=" + settings, failure);
      connectLater(Reasons.of(failure));
    }
  }

  private void adopt(Connection connection, boolean known) {
    boolean late;
    Level level;
    synchronized (this) {
      late = stopped;
      level = announced ? Level.DEBUG : Level.INFO;
      if (!late) {
        current = connection;
        status = new Status(true, clock.instant());
        told = false;
        announced = true;
      }
    }
    if (late) {
      connection.disconnect();
      return;
    }
    LOG.log(level, "The broker is connected broker=" + settings + " session_known=" + known);
    outgoing.forEach(channel -> channel.opened(connection));
    if (!connection.isOpen()) {
      lost(connection, "the connection was closed");
    }
  }

  private void connectLater(String reason) {
    Duration wait;
    boolean first;
    synchronized (this) {
      first = !told && !stopped;
      told = true;
      announced = false;
      wait = Backoff.delay(failures++, ThreadLocalRandom.current());
    }
    if (first) {
      LOG.log(
          Level.WARNING,
          "The broker is away, connecting goes on broker=" + settings + " reason=" + reason);
    }
    connectIn(wait);
  }

  private synchronized void connectIn(Duration wait) {
    if (stopped) {
      return;
    }
    try {
      next = executor.schedule(this::connect, wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closing) {
      LOG.log(Level.DEBUG, "The application is closing, connecting ends", closing);
    }
  }

  private void arrived(Arrival arrival) {
    String topic = arrival.inbound().topic();
    for (BatchPublisher channel : incoming) {
      if (channel.takes(topic)) {
        channel.arrived(arrival);
        return;
      }
    }
    // Left from a subscription that an earlier configuration made: nobody here will ever take it.
    LOG.log(Level.DEBUG, "A message came that no channel takes topic=" + topic);
    executor.execute(arrival::acknowledge);
  }

  /** Whether there is a connection, and since when that is so. */
  record Status(boolean connected, Instant since) {
    Duration lasted(Instant now) {
      return Duration.between(since, now);
    }
  }
}
