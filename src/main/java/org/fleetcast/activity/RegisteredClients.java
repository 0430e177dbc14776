package org.fleetcast.activity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import org.fleetcast.devices.DeviceEntities;
import org.fleetcast.sink.ClientEntities;

/** Tells the intake, which knows no registry, which entity a device logs as. */
@Singleton
class RegisteredClients implements ClientEntities {
  private final DeviceEntities devices;

  @Inject
  public RegisteredClients(DeviceEntities devices) {
    this.devices = devices;
  }

  @Override
  public Map<String, String> byClient() {
    return devices.byClient();
  }
}
