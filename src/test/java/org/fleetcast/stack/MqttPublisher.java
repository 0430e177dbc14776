package org.fleetcast.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.jspecify.annotations.Nullable;

/** A device's side of the broker: what it published with QoS 1 has been acknowledged. */
public final class MqttPublisher implements Part {
  private static final int CONNECT_LIMIT_SECONDS = 60;
  private static final long PUBACK_LIMIT_MILLIS = 60_000;

  private final MqttClient client;
  private final AtomicBoolean closed = new AtomicBoolean();

  private MqttPublisher(MqttClient client) {
    this.client = client;
    AtExit.closes(this);
  }

  /** Connects to a broker at {@code mqtt://host:port}, anonymously and under a new client id. */
  public static MqttPublisher connected(URI broker) {
    return connected("tcp", broker, new AtOnce());
  }

  /** The same at {@code mqtts://host:port}. */
  public static MqttPublisher connected(URI broker, SSLContext tls) {
    return connected("ssl", broker, tls.getSocketFactory());
  }

  private static MqttPublisher connected(String scheme, URI broker, SocketFactory sockets) {
    String address = scheme + "://" + broker.getHost() + ":" + broker.getPort();
    String clientId = "publisher-" + UUID.randomUUID().toString().substring(0, 8);
    try {
      MqttClient client = new MqttClient(address, clientId, new MemoryPersistence());
      MqttConnectOptions options = new MqttConnectOptions();
      options.setAutomaticReconnect(true);
      options.setConnectionTimeout(CONNECT_LIMIT_SECONDS);
      options.setMaxInflight(1_000); // Paho counts a message down a little after its PUBACK
      options.setSocketFactory(sockets);
      client.connect(options);
      client.setTimeToWait(PUBACK_LIMIT_MILLIS);
      return new MqttPublisher(client);
    } catch (MqttException refused) {
      throw new IllegalStateException("The broker " + broker + " took no connection", refused);
    }
  }

  /** It connects again by itself. */
  public boolean isConnected() {
    return client.isConnected();
  }

  /** Publishes text with QoS 1 and returns with the broker's PUBACK. */
  public void publish(String topic, String payload) {
    publish(topic, payload.getBytes(StandardCharsets.UTF_8));
  }

  /** Publishes with QoS 1 and returns with the broker's PUBACK. */
  public void publish(String topic, byte[] payload) {
    publish(topic, payload, false);
  }

  /** Publishes text for the broker to retain; an empty one takes what it retains away. */
  public void retain(String topic, String payload) {
    publish(topic, payload.getBytes(StandardCharsets.UTF_8), true);
  }

  private void publish(String topic, byte[] payload, boolean retained) {
    try {
      client.publish(topic, payload, 1, retained);
    } catch (MqttException refused) {
      throw new IllegalStateException("A message to " + topic + " was not acknowledged", refused);
    }
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

  /**
   * Paho writes a large message in parts, the last of which would wait 40 ms for an
   * acknowledgement.
   */
  private static final class AtOnce extends SocketFactory {
    @Override
    public Socket createSocket() throws IOException {
      Socket socket = new Socket();
      socket.setTcpNoDelay(true);
      return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return createSocket(host, port, null, 0);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return createSocket(host, port, null, 0);
    }

    @Override
    public Socket createSocket(String host, int port, @Nullable InetAddress local, int localPort)
        throws IOException {
      return createSocket(InetAddress.getByName(host), port, local, localPort);
    }

    @Override
    public Socket createSocket(
        InetAddress host, int port, @Nullable InetAddress local, int localPort) throws IOException {
      Socket socket = createSocket();
      socket.bind(new InetSocketAddress(local, localPort));
      socket.connect(new InetSocketAddress(host, port));
      return socket;
    }
  }
}
