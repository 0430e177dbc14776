package org.fleetcast.stack;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallbackExtended;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/**
 * What a fleet is told: one connection to the broker that any number of devices hear from, so that
 * fifty of them cost no more than one. It comes back by itself when the broker does.
 */
public final class Downlink implements Part {
  private static final long LIMIT_MILLIS = 60_000;

  private final Map<String, List<Consumer<String>>> listeners = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final MqttAsyncClient client;

  private Downlink(MqttAsyncClient client) {
    this.client = client;
    AtExit.closes(this);
  }

  /** Connects to a broker at {@code mqtt://host:port}, anonymously and under a new client id. */
  public static Downlink of(URI broker) {
    String address = "tcp://" + broker.getHost() + ":" + broker.getPort();
    String clientId = "downlink-" + UUID.randomUUID().toString().substring(0, 8);
    try {
      MqttAsyncClient client = new MqttAsyncClient(address, clientId, new MemoryPersistence());
      Downlink downlink = new Downlink(client);
      MqttConnectOptions options = new MqttConnectOptions();
      options.setAutomaticReconnect(true);
      options.setCleanSession(false); // what is published while we are away waits for us
      client.setCallback(downlink.new Callback());
      client.connect(options).waitForCompletion(LIMIT_MILLIS);
      return downlink;
    } catch (MqttException refused) {
      throw new IllegalStateException("The broker " + broker + " took no connection", refused);
    }
  }

  /** Hears a topic with QoS 1 from now on; the listener must not wait for anything. */
  public void hear(String topic, Consumer<String> listener) {
    List<Consumer<String>> all =
        listeners.computeIfAbsent(topic, unheard -> new CopyOnWriteArrayList<>());
    all.add(listener);
    try {
      client.subscribe(topic, 1).waitForCompletion(LIMIT_MILLIS);
    } catch (MqttException refused) {
      throw new IllegalStateException("The broker took no subscription to " + topic, refused);
    }
  }

  /** Hears it no more. */
  public void leave(String topic, Consumer<String> listener) {
    listeners.getOrDefault(topic, List.of()).remove(listener);
  }

  @Override
  public void close() {
    AtExit.forgets(this);
    if (closed.getAndSet(true)) {
      return; // the client library fails on a second time
    }
    try {
      client.disconnectForcibly(0, 1_000);
      client.close(true);
    } catch (MqttException alreadyGone) {
      return; // the broker went first: nothing is left to disconnect from
    }
  }

  /** What the client library calls, on its own threads. */
  private final class Callback implements MqttCallbackExtended {
    @Override
    public void connectComplete(boolean again, String address) {
      if (again) {
        listeners.keySet().forEach(this::subscribeAgain);
      }
    }

    /** A broker that lost its sessions lost the subscriptions too; another copy does no harm. */
    private void subscribeAgain(String topic) {
      try {
        client.subscribe(topic, 1);
      } catch (MqttException gone) {
        return; // the connection was lost again, and will come back again
      }
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
      String text = message.toString();
      listeners.getOrDefault(topic, List.of()).forEach(listener -> listener.accept(text));
    }

    @Override
    public void connectionLost(Throwable cause) {}

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {}
  }
}
