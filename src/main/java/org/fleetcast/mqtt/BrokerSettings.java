package org.fleetcast.mqtt;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.fleetcast.tls.PemFault;
import org.fleetcast.tls.TlsClient;

/**
 * Where the broker is and as whom to connect.
 *
 * @param tls by which files, at an address of TLS
 * @param maxPayload the bytes of the largest message that is read whole
 * @param lasting whether the broker keeps the session when the connection is gone
 */
record BrokerSettings(
    URI address,
    String clientId,
    Optional<String> username,
    Optional<String> password,
    Optional<TlsClient> tls,
    int maxPayload,
    boolean lasting) {
  /** Reads the settings; a wrong one stops the start with a sentence that names its key. */
  static BrokerSettings of(
      String url,
      String clientId,
      Optional<String> username,
      Optional<String> password,
      TlsClient files,
      int maxPayload) {
    URI address = address(url);
    if (clientId.isBlank()) {
      throw new IllegalStateException("mqtt.client.id must not be empty");
    }
    if (password.isPresent() && username.isEmpty()) {
      throw new IllegalStateException("mqtt.password needs mqtt.username beside it");
    }
    Optional<TlsClient> tls = Optional.of(files).filter(of -> address.getScheme().equals("ssl"));
    tls.ifPresent(TlsClient::check); // the files are read again at each connection
    return new BrokerSettings(address, clientId, username, password, tls, maxPayload, true);
  }

  /** The same broker for who only publishes, beside who has the session. */
  BrokerSettings publishing() {
    String own = clientId + "-" + UUID.randomUUID().toString().substring(0, 8);
    return new BrokerSettings(address, own, username, password, tls, maxPayload, false);
  }

  private static URI address(String url) {
    try {
      URI given = new URI(url.strip());
      String scheme = String.valueOf(given.getScheme()).toLowerCase(Locale.ROOT);
      boolean known = scheme.equals("mqtt") || scheme.equals("mqtts");
      boolean bare =
          given.getRawUserInfo() == null
              && given.getRawQuery() == null
              && given.getRawFragment() == null
              && (given.getRawPath() == null || given.getRawPath().matches("/?"));
      if (known && bare && given.getHost() != null && given.getPort() <= 65_535) {
        return scheme.equals("mqtts") ? paho("ssl", given, 8883) : paho("tcp", given, 1883);
      }
    } catch (URISyntaxException malformed) {
      // Told in the same sentence, without the cause: it would repeat what may hold a password.
    }
    throw new IllegalStateException(
        "mqtt.url must look like mqtt://host:1883 or mqtts://host:8883, without user or path, and"
            + " with no underscore in the name of the host");
  }

  private static URI paho(String scheme, URI given, int usualPort) {
    int port = given.getPort() == -1 ? usualPort : given.getPort();
    return URI.create(scheme + "://" + given.getHost() + ":" + port);
  }

  /**
   * Paho's options for one connection: a session of that kind, and no reconnecting of its own.
   *
   * @throws MqttException when a PEM file cannot be used any more
   */
  MqttConnectOptions options(PayloadLimit limit) throws MqttException {
    MqttConnectOptions options = new LimitedNetwork.Options(limit);
    options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
    options.setCleanSession(!lasting);
    options.setAutomaticReconnect(false);
    options.setKeepAliveInterval(30);
    options.setConnectionTimeout(10);
    options.setMaxInflight(10_000); // more than the outgoing channels keep: they have the limits
    username.ifPresent(options::setUserName);
    password.ifPresent(secret -> options.setPassword(secret.toCharArray()));
    if (tls.isPresent()) {
      try {
        options.setSocketFactory(tls.get().context().getSocketFactory());
      } catch (PemFault fault) {
        throw new MqttException(fault);
      }
    }
    return options;
  }

  @Override
  public String toString() {
    return address + " as " + clientId;
  }
}
