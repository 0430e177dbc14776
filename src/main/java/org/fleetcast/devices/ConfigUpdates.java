package org.fleetcast.devices;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;

/** Tells a device over MQTT that its config was written, after the commit. */
@Singleton
class ConfigUpdates {
  private final DeviceTopic topic;

  @Inject
  ConfigUpdates(
      @Channel("config-updates") Emitter<String> updates, ManagedExecutorService executor) {
    this.topic = new DeviceTopic(updates, executor, "config");
  }

  void onChange(@Observes(during = TransactionPhase.AFTER_SUCCESS) DeviceConfigChanged changed) {
    topic.tell(changed.clientId());
  }
}
