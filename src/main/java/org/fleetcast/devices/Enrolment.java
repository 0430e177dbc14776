package org.fleetcast.devices;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.time.Instant;
import org.fleetcast.devices.Devices.KeyTaken;
import org.fleetcast.problem.Problem;

/** How a device joins the fleet: here and at the issuer, or at neither. */
@Singleton
class Enrolment {
  private static final Logger LOG = System.getLogger(Enrolment.class.getName());
  private static final int MOST_DRAWS = 5;

  private final Devices devices;
  private final DeviceModels models;
  private final OrphanedClients leftovers;
  private final SecureRandom random = new SecureRandom();

  @Inject
  Enrolment(Devices devices, DeviceModels models, OrphanedClients leftovers) {
    this.devices = devices;
    this.models = models;
    this.leftovers = leftovers;
  }

  /**
   * Creates a device with a fresh key, and its client.
   *
   * @throws Problem 404 when there is no such model, 400 when the config does not satisfy its
   *     schema, or what the issuer failed with
   */
  DeviceDetails enrol(int modelId, DeviceConfig config, Instant now) {
    DeviceModel model = models.get(modelId);
    model.configSchema().map(ConfigSchema::read).ifPresent(schema -> schema.check(config));
    for (int draw = 1; draw < MOST_DRAWS; draw++) {
      try {
        return enrol(model, DeviceKeys.next(random), config, now);
      } catch (KeyTaken again) {
        LOG.log(Level.DEBUG, "A drawn device key is taken draw={0}", draw);
      }
    }
    return enrol(model, DeviceKeys.next(random), config, now);
  }

  private DeviceDetails enrol(DeviceModel model, String key, DeviceConfig config, Instant now) {
    try {
      return devices.insert(model.id(), key, config, now);
    } catch (KeyTaken taken) {
      throw taken; // a client of this name is not ours
    } catch (RuntimeException failed) {
      // The issuer may have made the client, and the database the device, although either failed.
      leftovers.remove(Device.clientId(model.code(), key));
      throw failed;
    }
  }
}
