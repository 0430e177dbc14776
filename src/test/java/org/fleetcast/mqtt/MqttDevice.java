package org.fleetcast.mqtt;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.tls.PemFile;
import org.fleetcast.tls.TlsClient;
import org.jspecify.annotations.Nullable;

/** A device at the broker: publishes log lines and hears what is announced. */
final class MqttDevice implements AutoCloseable {
  private final MqttClient client;
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  MqttDevice(Mosquitto broker) throws MqttException {
    this(broker, null);
  }

  /** Logs in with the user's name as his password. */
  MqttDevice(Mosquitto broker, @Nullable String user) throws MqttException {
    this(broker, user, null);
  }

  /** One for which the broker keeps what it listened to while it was away. */
  static MqttDevice lasting(Mosquitto broker, String id) throws MqttException {
    return new MqttDevice(broker, null, id);
  }

  private MqttDevice(Mosquitto broker, @Nullable String user, @Nullable String id)
      throws MqttException {
    boolean tls = broker.url().startsWith("mqtts:");
    String url = (tls ? "ssl" : "tcp") + "://127.0.0.1:" + broker.port();
    String name = id == null ? MqttClient.generateClientId() : id;
    client = new MqttClient(url, name, new MemoryPersistence());
    client.setCallback(new Waiting());
    MqttConnectOptions options = new MqttConnectOptions();
    options.setCleanSession(id == null);
    options.setMaxInflight(1_000); // Paho frees a place a moment after it has told of the delivery
    if (tls) {
      options.setSocketFactory(trusting(broker));
    }
    if (user != null) {
      options.setUserName(user);
      options.setPassword(user.toCharArray());
    }
    client.connect(options);
  }

  private static SSLSocketFactory trusting(Mosquitto broker) {
    Optional<PemFile> ca = PemFile.of("ca", Optional.of(broker.file("ca.pem").toString()));
    return new TlsClient(ca, Optional.empty()).context().getSocketFactory();
  }

  /** Publishes from..to as texts; returns when the broker has them. */
  void publish(int qos, int from, int to) throws MqttException {
    for (int number = from; number <= to; number++) {
      byte[] text = Integer.toString(number).getBytes(StandardCharsets.UTF_8);
      client.publish(Replica.TOPIC, text, qos, false);
    }
  }

  /** Publishes a text that the broker is to retain. */
  void retain(String text) throws MqttException {
    client.publish(Replica.TOPIC, text.getBytes(StandardCharsets.UTF_8), 1, true);
  }

  void publish(String topic, String text) throws MqttException {
    client.publish(topic, text.getBytes(StandardCharsets.UTF_8), 1, false);
  }

  void listen(String topic) throws MqttException {
    client.subscribe(
        topic,
        1,
        (name, message) -> heard.add(new String(message.getPayload(), StandardCharsets.UTF_8)));
  }

  /** What waited at the broker, which comes before anybody listens again. */
  private final class Waiting implements MqttCallback {
    @Override
    public void messageArrived(String topic, MqttMessage message) {
      heard.add(new String(message.getPayload(), StandardCharsets.UTF_8));
    }

    @Override
    public void connectionLost(Throwable cause) {}

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {}
  }

  @Nullable String hear() throws InterruptedException {
    return heard.poll(60, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws MqttException {
    client.disconnectForcibly(0, 1, false);
    client.close(true);
  }
}
