package org.fleetcast.devices;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/** What a device needs to reach the fleet: its credentials and where everything is. */
public record Provisioning(
    String deviceKey,
    String clientId,
    String clientSecret,
    URI tokenUrl,
    String baseUrl,
    @Nullable String mqttUrl,
    @Nullable String wifiSsid,
    @Nullable String wifiPassword) {

  /** Names the device alone, so that no secret reaches a log. */
  @Override
  public String toString() {
    return "Provisioning[clientId=" + clientId + "]";
  }
}
