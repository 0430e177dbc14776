package org.fleetcast.mqtt;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.TimerPingSender;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.fleetcast.problem.InternalFaults;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the broker, from its opening to its end; never reused.
 *
 * <p>An acknowledgement belongs to the connection that brought the message, since the same packet
 * id may name another message on the next one: what comes after the end is dropped here.
 */
final class MqttConnection implements MqttCallback {
  private static final Logger LOG = System.getLogger(MqttConnection.class.getName());
  private static final Duration ANSWER = Duration.ofSeconds(15);
  private static final int AT_LEAST_ONCE = 1;

  private final BrokerSettings settings;
  private final PayloadLimit limit;
  private final PahoThreads threads = new PahoThreads(ANSWER);
  private final MqttAsyncClient client;
  private final Consumer<UnackedMessage> arrivals;
  private final BiConsumer<MqttConnection, String> lost;
  private final InternalFaults faults;
  private volatile boolean open = true;
  private volatile long subscription;
  private volatile Set<String> earlier = Set.of();

  MqttConnection(
      BrokerSettings settings,
      Consumer<UnackedMessage> arrivals,
      BiConsumer<MqttConnection, String> lost,
      InternalFaults faults)
      throws MqttException {
    this.settings = settings;
    this.limit = new PayloadLimit(settings.maxPayload());
    this.arrivals = arrivals;
    this.lost = lost;
    this.faults = faults;
    this.client =
        new MqttAsyncClient(
            LimitedNetwork.address(settings.address()),
            settings.clientId(),
            new MemoryPersistence(),
            new TimerPingSender(), // Paho's own, which runs on no executor
            threads);
  }

  /**
   * What the broker answered.
   *
   * @param known whether the broker still had our session
   * @param lost whether it had one once, and has it no more
   */
  record Answer(boolean known, boolean lost) {}

  /**
   * Connects and subscribes.
   *
   * <p>The callback is set before connecting, since redelivery starts with the broker's first
   * answer. Every connection subscribes again: a session that the broker lost has no subscription.
   */
  Answer open(List<String> filters, SessionMemory memory) throws MqttException {
    client.setManualAcks(true);
    client.setCallback(this);
    IMqttToken answer = client.connect(settings.options(limit));
    awaitBegun();
    answer.waitForCompletion(ANSWER.toMillis());
    Set<String> wanted = Set.copyOf(filters);
    SessionMemory.Opened session =
        memory.opened(settings.toString(), answer.getSessionPresent(), wanted);
    earlier = session.earlier();
    subscription = session.subscription();
    if (!session.obsolete().isEmpty()) {
      client
          .unsubscribe(session.obsolete().toArray(String[]::new))
          .waitForCompletion(ANSWER.toMillis());
    }
    if (!filters.isEmpty()) {
      subscribe(filters);
    }
    memory.subscribed(wanted);
    return new Answer(answer.getSessionPresent(), session.lost());
  }

  private void awaitBegun() throws MqttException {
    try {
      threads.awaitBegun();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new MqttException(stopping);
    }
  }

  private void subscribe(List<String> filters) throws MqttException {
    int[] qos = new int[filters.size()];
    // Not 2: with manual acknowledgement a crash could lose what Paho holds of such a delivery.
    Arrays.fill(qos, AT_LEAST_ONCE);
    IMqttToken answer = client.subscribe(filters.toArray(String[]::new), qos);
    answer.waitForCompletion(ANSWER.toMillis());
    for (int granted : answer.getGrantedQos()) {
      if (granted != AT_LEAST_ONCE) {
        throw new MqttException(MqttException.REASON_CODE_SUBSCRIBE_FAILED);
      }
    }
  }

  /** Whether what arrives and what is acknowledged still counts. */
  boolean isOpen() {
    return open;
  }

  /** The number of our subscription at the broker; 0 until it is known. */
  long subscription() {
    return subscription;
  }

  /** Whether a message on that topic may have waited since before our SUBSCRIBE. */
  boolean isEarly(String topic) {
    return earlier.stream().anyMatch(filter -> BatchPublisher.takes(filter, topic));
  }

  /** From now on nothing arrives and nothing is acknowledged; the socket is left to close(). */
  void abandon() {
    open = false;
  }

  /** Acknowledges a delivery, unless this connection has ended. Never blocks. */
  void acknowledge(int packetId, int qos) {
    if (!open || qos == 0) {
      return;
    }
    try {
      client.messageArrivedComplete(packetId, qos);
    } catch (MqttException ending) {
      LOG.log(Level.DEBUG, "An acknowledgement came too late packet_id=" + packetId, ending);
    }
  }

  /** Hands a message over to Paho; completes when the broker has it. Never blocks. */
  void publish(String topic, byte[] payload, Runnable taken) throws MqttException {
    client.publish(
        topic,
        payload,
        AT_LEAST_ONCE,
        false,
        null,
        new IMqttActionListener() {
          @Override
          public void onSuccess(IMqttToken token) {
            faults.guard("mqtt publish", taken);
          }

          @Override
          public void onFailure(IMqttToken token, @Nullable Throwable failure) {
            LOG.log(Level.DEBUG, "A message waits for the next connection topic=" + topic, failure);
          }
        });
  }

  /** Sends what is left to send and disconnects; the broker keeps the session. */
  void disconnect() {
    try {
      client.disconnect(1_000).waitForCompletion(1_500);
    } catch (MqttException gone) {
      LOG.log(Level.DEBUG, "The broker went away before we disconnected", gone);
    }
    close();
  }

  /** Closes the socket without a word. May wait for Paho's threads, so never call it from them. */
  void close() {
    open = false;
    try {
      client.disconnectForcibly(0, 1, false);
    } catch (MqttException ended) {
      LOG.log(Level.DEBUG, "The connection had ended before it was closed", ended);
    }
    try {
      client.close(true);
    } catch (MqttException ended) {
      LOG.log(Level.DEBUG, "The connection was not closed cleanly", ended);
    }
  }

  @Override
  public void messageArrived(String topic, MqttMessage message) {
    try {
      arrivals.accept(
          new UnackedMessage(topic, message, limit.uncover(message.getPayload()), this));
    } catch (Throwable fault) {
      faults.survived("mqtt delivery", fault);
      // It was put nowhere: only a new connection makes the broker deliver it again.
      connectionLost(fault);
    }
  }

  @Override
  public void connectionLost(@Nullable Throwable cause) {
    faults.guard("mqtt connect", () -> lost.accept(this, FailureReasons.of(cause)));
  }

  @Override
  public void deliveryComplete(IMqttDeliveryToken token) {
    // Each publish has its own listener.
  }
}
