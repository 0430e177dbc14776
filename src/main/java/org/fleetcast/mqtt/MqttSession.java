package org.fleetcast.mqtt;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * The broker as the channels see it: always there, sometimes slow.
 *
 * <p>Its life: {@code start} connects, now or as soon as the broker answers; every end of a
 * connection, whoever wanted it, leads to exactly one next one, after a growing and jittered wait;
 * {@code settle} lets the batches under way finish, and {@code disconnect} is the end.
 */
final class MqttSession {
  private static final Logger LOG = System.getLogger(MqttSession.class.getName());

  /** A connection that ended earlier than this counts as a failure: two clients of one id. */
  private static final Duration LASTING = Duration.ofSeconds(10);

  private final BrokerSettings settings;
  private final Executor delivery;
  private final SessionMemory memory;
  private final SessionTurn turn;
  private final InternalFaults faults;
  private final Runnable sessionLost;
  private final Reconnection reconnection;
  private final List<BatchPublisher> incoming = new CopyOnWriteArrayList<>();
  private final List<Outbox> outgoing = new CopyOnWriteArrayList<>();

  @GuardedBy("this")
  private @Nullable MqttConnection current;

  @GuardedBy("this")
  private ConnectionStatus status = ConnectionStatus.starting();

  @GuardedBy("this")
  private boolean told; // that the broker is away

  @GuardedBy("this")
  private boolean announced; // that it is there

  @GuardedBy("this")
  private boolean stopped;

  @GuardedBy("this")
  private boolean connecting;

  /**
   * @param turn when it may be connected
   * @param sessionLost counts the sessions that the broker has lost
   */
  MqttSession(
      BrokerSettings settings,
      ScheduledExecutorService executor,
      Executor delivery,
      SessionMemory memory,
      SessionTurn turn,
      InternalFaults faults,
      Runnable sessionLost) {
    this.settings = settings;
    this.turn = turn;
    this.delivery = delivery;
    this.memory = memory;
    this.faults = faults;
    this.sessionLost = sessionLost;
    this.reconnection = new Reconnection(executor, faults, this::connect);
  }

  /** A channel of what arrives on the topics of the filter; to be made before the start. */
  BatchPublisher incoming(String filter, BatchLimits limits) {
    BatchPublisher channel = new BatchPublisher(filter, limits, delivery, this, faults);
    incoming.add(channel);
    return channel;
  }

  /** A channel to the topic; to be made before the start. */
  Outbox outgoing(String topic, int capacity, Runnable dropped) {
    Outbox channel = new Outbox(topic, capacity, delivery, dropped, faults);
    outgoing.add(channel);
    return channel;
  }

  void start() {
    turn.watch(this::turned);
    if (turn.isOurs()) {
      reconnection.now();
    }
  }

  /** What there is to say of whose turn it is. */
  Map<String, String> told() {
    return turn.told();
  }

  /** Whether another replica has the session. */
  boolean isElsewhere() {
    return !turn.isOurs();
  }

  /** Begins to connect, or ends the connection at once: what it brought is not acknowledged. */
  private void turned() {
    MqttConnection left;
    synchronized (this) {
      if (stopped) {
        return;
      }
      if (turn.isOurs()) {
        status = status.turned();
        reconnection.reset();
        reconnection.now();
        return;
      }
      left = current;
    }
    if (left != null && end(left)) {
      LOG.log(Level.INFO, "The broker is left to another replica broker=" + settings);
      reconnection.after(left::close, () -> {});
    }
  }

  /** Takes and acknowledges no more when it returns, within the given time. */
  void settle(Duration patience) throws InterruptedException {
    synchronized (this) {
      stopped = true;
      status = status.ended();
    }
    reconnection.stop();
    incoming.forEach(BatchPublisher::stop);
    Instant end = SteadyClock.now().plus(patience);
    for (BatchPublisher channel : incoming) {
      channel.awaitSettled(Duration.between(SteadyClock.now(), end));
    }
  }

  /** Disconnects for good, which may take a little; the broker keeps the session. */
  void disconnect() {
    MqttConnection last;
    synchronized (this) {
      last = current;
      current = null;
    }
    if (last != null) {
      last.disconnect();
      LOG.log(Level.INFO, "The broker is disconnected broker=" + settings);
    }
  }

  synchronized ConnectionStatus status() {
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
  void drop(MqttConnection connection, String reason) {
    if (end(connection)) {
      // In order, not just closing the socket: acknowledgements of earlier batches may still be on
      // the way.
      reconnection.after(connection::disconnect, () -> connectLater(reason));
    }
  }

  /** Ends the connection and opens another at once: the broker delivers what was left with it. */
  void renew(MqttConnection connection) {
    if (end(connection)) {
      LOG.log(Level.DEBUG, "The backlog is worked off, what waits at the broker is fetched");
      reconnection.after(connection::disconnect, reconnection::now);
    }
  }

  private void lost(MqttConnection connection, String reason) {
    if (end(connection)) {
      reconnection.after(connection::close, () -> connectLater(reason));
    }
  }

  /**
   * Forgets a connection; true if it was the one in use: the caller closes it and opens another.
   */
  private boolean end(MqttConnection connection) {
    connection.abandon();
    for (BatchPublisher channel : incoming) {
      faults.guard("mqtt connect", () -> channel.forget(connection));
    }
    for (Outbox channel : outgoing) {
      faults.guard("mqtt connect", () -> channel.closed(connection));
    }
    synchronized (this) {
      if (current != connection) {
        return false;
      }
      current = null;
      if (status.lasted(SteadyClock.now()).compareTo(LASTING) >= 0) {
        reconnection.reset();
      }
      status = status.ended();
    }
    return true;
  }

  /** Whatever it throws, the next try may succeed, and this loop is all that would make it. */
  private void connect() {
    synchronized (this) {
      if (current != null || !turn.isOurs()) {
        return;
      }
      if (connecting) {
        reconnection.later(); // a try is not over yet, of which nobody knows how it ends
        return;
      }
      connecting = true;
    }
    String reason = "";
    try {
      reason = opened();
    } catch (Throwable fault) {
      faults.survived("mqtt connect", fault);
      reason = FailureReasons.of(fault);
    } finally {
      synchronized (this) {
        connecting = false;
      }
    }
    if (!reason.isEmpty()) {
      connectLater(reason);
    }
  }

  /** Opens a connection; why it could not, or nothing. */
  private String opened() throws MqttException {
    MqttConnection connection = new MqttConnection(settings, this::arrived, this::lost, faults);
    try {
      MqttConnection.Answer answer =
          connection.open(incoming.stream().map(BatchPublisher::filter).toList(), memory);
      adopt(connection, answer);
      return "";
    } catch (Throwable failure) {
      boolean unexpected = !(failure instanceof MqttException);
      if (unexpected) {
        faults.survived("mqtt connect", failure);
      }
      LOG.log(Level.DEBUG, "Connecting failed broker=" + settings, failure);
      end(connection);
      faults.guard("mqtt connect", connection::close);
      return FailureReasons.of(failure);
    }
  }

  private void adopt(MqttConnection connection, MqttConnection.Answer answer) {
    boolean late;
    Level level;
    synchronized (this) {
      late = stopped || !turn.isOurs();
      level = announced ? Level.DEBUG : Level.INFO;
      if (!late) {
        current = connection;
        status = status.granted();
        told = false;
        announced = true;
      }
    }
    if (late) {
      connection.disconnect();
      return;
    }
    tell(level, answer);
    for (BatchPublisher channel : incoming) {
      faults.guard("mqtt delivery", channel::wake); // it may have waited for the subscription
    }
    for (Outbox channel : outgoing) {
      faults.guard("mqtt publish", () -> channel.opened(connection));
    }
    if (!connection.isOpen()) {
      lost(connection, "the connection was closed");
    }
  }

  private void tell(Level level, MqttConnection.Answer answer) {
    LOG.log(
        level, "The broker is connected broker=" + settings + " session_known=" + answer.known());
    if (answer.lost()) {
      LOG.log(
          Level.WARNING,
          "The broker has lost our session, what it queued is gone broker=" + settings);
      faults.guard("mqtt connect", sessionLost);
    }
  }

  private void connectLater(String reason) {
    boolean first;
    synchronized (this) {
      if (!turn.isOurs()) {
        return;
      }
      first = !told && !stopped;
      told = true;
      announced = false;
      status = status.because(reason);
    }
    if (first) {
      LOG.log(
          Level.WARNING,
          "The broker is away, connecting goes on broker=" + settings + " reason=" + reason);
    }
    reconnection.later();
  }

  /** What no channel takes goes to the first one: nobody else would ever hear of it. */
  private void arrived(UnackedMessage arrival) {
    incoming.stream()
        .filter(channel -> channel.takes(arrival.topic()))
        .findFirst()
        .or(() -> incoming.stream().findFirst())
        .ifPresent(channel -> channel.arrived(arrival));
  }
}
