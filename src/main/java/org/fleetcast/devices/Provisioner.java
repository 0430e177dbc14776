package org.fleetcast.devices;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.problem.Setting;
import org.jspecify.annotations.Nullable;

/** Knows what devices are provisioned with, from the configuration. */
@Singleton
public class Provisioner {
  private final CredentialIssuer issuer;
  private final String baseUrl;
  private final @Nullable String mqttUrl;
  private final @Nullable String wifiSsid;
  private final @Nullable String wifiPassword;

  @Inject
  Provisioner(
      CredentialIssuer issuer,
      @ConfigProperty(name = "baseurl") String baseUrl,
      @ConfigProperty(name = "device.baseurl") Optional<String> deviceBaseUrl,
      @ConfigProperty(name = "mqtt.url") Optional<String> mqttUrl,
      @ConfigProperty(name = "device.mqtt.url") Optional<String> deviceMqttUrl,
      @ConfigProperty(name = "wifi.ssid") Optional<String> wifiSsid,
      @ConfigProperty(name = "wifi.password") Optional<String> wifiPassword) {
    check("DEVICE_BASEURL", deviceBaseUrl, "http");
    check("DEVICE_MQTT_URL", deviceMqttUrl, "mqtt");
    this.issuer = issuer;
    this.baseUrl = deviceBaseUrl.orElse(baseUrl);
    this.mqttUrl = deviceMqttUrl.or(() -> mqttUrl).orElse(null);
    this.wifiSsid = wifiSsid.orElse(null);
    this.wifiPassword = wifiPassword.orElse(null);
  }

  /** Makes a bad value stop the start and not the first device that asks. */
  void atStart(@Observes @Priority(1000) Startup startup) {}

  /** What a device is provisioned with, with the given secret. */
  public Provisioning of(Device device, String secret) {
    return new Provisioning(
        device.key(),
        device.clientId(),
        secret,
        issuer.tokenUrl(),
        baseUrl,
        mqttUrl,
        wifiSsid,
        wifiPassword);
  }

  /** Schemes come in pairs: the plain one and, with an s, the one over TLS. */
  static void check(String key, Optional<String> value, String scheme) {
    if (value.isPresent() && !valid(value.get(), Set.of(scheme, scheme + "s"))) {
      throw Setting.bad(
          key + " must be an address that begins with " + scheme + ":// or " + scheme + "s://");
    }
  }

  private static boolean valid(String value, Set<String> schemes) {
    try {
      URI uri = new URI(value);
      // A device may know a host by a name that is none for us, with an underscore.
      return schemes.contains(String.valueOf(uri.getScheme())) && uri.getRawAuthority() != null;
    } catch (URISyntaxException malformed) {
      return false;
    }
  }
}
