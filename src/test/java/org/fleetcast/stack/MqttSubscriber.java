package org.fleetcast.stack;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/** Hears what is published to one topic, from its beginning until it is closed. */
public final class MqttSubscriber implements Part {
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final MqttClient client;
  private final String topic;

  private MqttSubscriber(MqttClient client, String topic) {
    this.client = client;
    this.topic = topic;
    AtExit.closes(this);
  }

  /** Subscribes with QoS 1 at a broker at {@code mqtt://host:port}, under a new client id. */
  public static MqttSubscriber of(String topic, URI broker) {
    String address = "tcp://" + broker.getHost() + ":" + broker.getPort();
    String clientId = "subscriber-" + UUID.randomUUID().toString().substring(0, 8);
    try {
      MqttClient client = new MqttClient(address, clientId, new MemoryPersistence());
      client.connect();
      MqttSubscriber subscriber = new MqttSubscriber(client, topic);
      client.subscribe(topic, 1, (name, message) -> subscriber.heard.add(message.toString()));
      return subscriber;
    } catch (MqttException refused) {
      throw new IllegalStateException("The broker " + broker + " took no subscriber", refused);
    }
  }

  /** Waits for a message with exactly that text, also among those that came already. */
  public void await(Duration limit, String text) {
    Awaitility.await(text + " on " + topic).atMost(limit).until(() -> heard.contains(text));
  }

  /** Everything that came until now, in order. */
  public List<String> heard() {
    return List.copyOf(heard);
  }

  @Override
  public void close() {
    AtExit.forgets(this);
    try {
      client.disconnectForcibly(0, 1_000);
      client.close(true);
    } catch (MqttException alreadyGone) {
      return; // the broker went first: nothing is left to disconnect from
    }
  }
}
