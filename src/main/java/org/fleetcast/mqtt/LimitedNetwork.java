package org.fleetcast.mqtt;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.internal.NetworkModule;
import org.eclipse.paho.client.mqttv3.internal.SSLNetworkModuleFactory;
import org.eclipse.paho.client.mqttv3.internal.TCPNetworkModuleFactory;
import org.eclipse.paho.client.mqttv3.spi.NetworkModuleFactory;

/**
 * Paho's TCP and TLS with a limit on what is read of one message. Paho finds it by the scheme of an
 * address, under {@code META-INF/services}.
 */
public final class LimitedNetwork implements NetworkModuleFactory {
  private static final String PREFIX = "limited+";
  private static final Map<String, NetworkModuleFactory> FACTORIES =
      Map.of(
          PREFIX + "tcp", new TCPNetworkModuleFactory(),
          PREFIX + "ssl", new SSLNetworkModuleFactory());

  /** How to connect, with the limit of that connection. */
  static final class Options extends MqttConnectOptions {
    private final PayloadLimit limit;

    Options(PayloadLimit limit) {
      this.limit = limit;
    }
  }

  /** The same address, of which Paho reads with the limit of the {@link Options}. */
  static String address(URI address) {
    return PREFIX + address;
  }

  @Override
  public Set<String> getSupportedUriSchemes() {
    return FACTORIES.keySet();
  }

  @Override
  public void validateURI(URI address) {
    factory(address).validateURI(address);
  }

  @Override
  public NetworkModule createNetworkModule(URI address, MqttConnectOptions options, String id)
      throws MqttException {
    if (options instanceof Options limited) {
      NetworkModule unlimited = factory(address).createNetworkModule(address, options, id);
      return new Limited(unlimited, limited.limit);
    }
    throw new IllegalArgumentException("Only for options with a limit");
  }

  private static NetworkModuleFactory factory(URI address) {
    NetworkModuleFactory factory = FACTORIES.get(address.getScheme());
    if (factory == null) {
      throw new IllegalArgumentException(address.getScheme() + " is none of these schemes");
    }
    return factory;
  }

  private record Limited(NetworkModule unlimited, PayloadLimit limit) implements NetworkModule {
    @Override
    public void start() throws IOException, MqttException {
      unlimited.start();
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return limit.apply(unlimited.getInputStream());
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return unlimited.getOutputStream();
    }

    @Override
    public void stop() throws IOException {
      unlimited.stop();
    }

    @Override
    public String getServerURI() {
      return unlimited.getServerURI();
    }
  }
}
