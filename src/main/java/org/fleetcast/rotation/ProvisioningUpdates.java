package org.fleetcast.rotation;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.fleetcast.devices.DeviceTopic;
import org.fleetcast.devices.Devices;
import org.fleetcast.devices.RotationSlots;

/** Tells a device over MQTT that it is its turn to fetch new credentials, after the commit. */
@Singleton
class ProvisioningUpdates {
  private final RotationSlots turns;
  private final Devices devices;
  private final DeviceTopic topic;

  @Inject
  ProvisioningUpdates(
      @Channel("provisioning-updates") Emitter<String> updates,
      RotationSlots turns,
      Devices devices,
      ManagedExecutorService executor) {
    this.turns = turns;
    this.devices = devices;
    this.topic = new DeviceTopic(updates, executor, "credentials");
  }

  /**
   * Publishes again whose turn it is: a crash may have come between the commit and the publishing.
   */
  void atStart(@Observes @Priority(2000) Startup startup) {
    turns.now().deviceId().map(devices::get).ifPresent(device -> topic.tell(device.clientId()));
  }

  void onStart(@Observes(during = TransactionPhase.AFTER_SUCCESS) RotationStarted started) {
    topic.tell(started.clientId());
  }
}
