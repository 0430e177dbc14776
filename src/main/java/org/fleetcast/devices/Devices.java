package org.fleetcast.devices;

import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceException;
import jakarta.persistence.TypedQuery;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.identity.IssuerClient;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/** The devices of the fleet. */
@Singleton
public class Devices {
  private static final String SUMMARY =
      "select new org.fleetcast.devices.DeviceSummary(d.id, d.key, d.model.id, d.active,"
          + " d.deviceName, d.deviceEntityId, d.enableOta, d.rotationState, d.secretCreatedAt)"
          + " from Device d";

  private final EntityManager entities; // lives within a transaction only
  private final Transactions transactions;
  private final RotationSlots turns;
  private final CredentialIssuer issuer;
  private final Event<DeviceChanged> changed;
  private final Event<DeviceConfigChanged> configChanged;

  @Inject
  Devices(
      EntityManager entities,
      Transactions transactions,
      RotationSlots turns,
      CredentialIssuer issuer,
      Event<DeviceChanged> changed,
      Event<DeviceConfigChanged> configChanged) {
    this.entities = entities;
    this.transactions = transactions;
    this.turns = turns;
    this.issuer = issuer;
    this.changed = changed;
    this.configChanged = configChanged;
  }

  /**
   * One device with its model, in one query.
   *
   * @throws Problem 404 when there is none
   */
  public Device get(int id) {
    return transactions.read(() -> getInTransaction(id));
  }

  /**
   * The device of a client, with its model.
   *
   * @throws Problem 404 when there is none
   */
  public Device ofClient(String clientId) {
    return find(clientId).orElseThrow(() -> Problem.notFound("Device " + clientId));
  }

  /** Whether a client is that of a device. */
  boolean hasClient(String clientId) {
    return find(clientId).isPresent();
  }

  private Optional<Device> find(String clientId) {
    return transactions.read(
        () ->
            entities
                .createQuery(
                    "select d from Device d join fetch d.model where d.key = :key", Device.class)
                .setParameter("key", clientId.substring(clientId.lastIndexOf('-') + 1))
                .getResultStream()
                .filter(device -> device.clientId().equals(clientId))
                .findFirst());
  }

  private Device getInTransaction(int id) {
    return entities
        .createQuery("select d from Device d join fetch d.model where d.id = :id", Device.class)
        .setParameter("id", id)
        .getResultStream()
        .findFirst()
        .orElseThrow(() -> notFound(id));
  }

  /** The devices by key; null asks for those of every model, or in every state. */
  List<DeviceSummary> list(@Nullable Integer modelId, @Nullable RotationState state) {
    return transactions.read(() -> listInTransaction(modelId, state));
  }

  private List<DeviceSummary> listInTransaction(
      @Nullable Integer modelId, @Nullable RotationState state) {
    RotationSlot turn = turns.now();
    return summaries(modelId)
        .getResultStream()
        .map(device -> device.derived(turn))
        .filter(device -> state == null || device.rotationState() == state)
        .toList();
  }

  private TypedQuery<DeviceSummary> summaries(@Nullable Integer modelId) {
    if (modelId == null) {
      return entities.createQuery(SUMMARY + " order by d.key", DeviceSummary.class);
    }
    return entities
        .createQuery(SUMMARY + " where d.model.id = :model order by d.key", DeviceSummary.class)
        .setParameter("model", modelId);
  }

  DeviceDetails details(int id) {
    return transactions.read(() -> detailsInTransaction(id));
  }

  private DeviceDetails detailsInTransaction(int id) {
    return DeviceDetails.of(get(id), turns.now());
  }

  /**
   * Adds a device and its client at the issuer.
   *
   * @throws KeyTaken when another device or client has this key: nothing was done
   * @throws Problem 404 when the model is gone, or what the issuer failed with
   */
  DeviceDetails insert(int modelId, String key, DeviceConfig config, Instant now) {
    return transactions.call(() -> insertInTransaction(modelId, key, config, now));
  }

  private DeviceDetails insertInTransaction(
      int modelId, String key, DeviceConfig config, Instant now) {
    DeviceModel model = entities.find(DeviceModel.class, modelId);
    if (model == null) {
      throw Problem.notFound("Device model " + modelId);
    }
    Device device = new Device(model, key, config, now);
    try {
      entities.persist(device);
      entities.flush();
    } catch (PersistenceException refused) {
      throw switch (WriteRefusal.of(refused)) {
        case NOT_UNIQUE -> new KeyTaken(refused);
        case REFERENCE -> Problem.notFound("Device model " + modelId);
        case OTHER -> refused;
      };
    }
    createClient(device);
    String entityId = device.entityId().orElse(null);
    changed.fire(new DeviceChanged(device.id(), modelId, null, entityId, false));
    return DeviceDetails.of(device, turns.now());
  }

  private void createClient(Device device) {
    try {
      issuer.create(device.clientId());
    } catch (Problem refused) {
      // Somebody else's client has this name: it is not ours to take, nor to remove.
      throw refused.code() == ProblemCode.RECORD_EXISTS ? new KeyTaken(refused) : refused;
    }
  }

  /**
   * Writes a device's config and whether it is active.
   *
   * @throws Problem 404 when there is none, 412 when it is not what its writer has seen, 400 when
   *     the config does not satisfy its model's schema
   */
  DeviceDetails change(int id, DeviceConfig config, boolean active, IfMatch seen, Instant now) {
    return transactions.call(() -> changeInTransaction(id, config, active, seen, now));
  }

  private DeviceDetails changeInTransaction(
      int id, DeviceConfig config, boolean active, IfMatch seen, Instant now) {
    Device device = locked(id);
    check(device, seen, turns.now());
    device.model().configSchema().map(ConfigSchema::read).ifPresent(schema -> schema.check(config));
    String before = device.entityId().orElse(null);
    device.change(config, active, now);
    String entityId = device.entityId().orElse(null);
    changed.fire(new DeviceChanged(id, device.model().id(), before, entityId, false));
    configChanged.fire(new DeviceConfigChanged(device.clientId()));
    return DeviceDetails.of(device, turns.now());
  }

  /**
   * Removes a device and its client at the issuer.
   *
   * @throws Problem 404 when there is none, 412 when it is not what its writer has seen, or what
   *     the issuer failed with: then it is still there
   */
  void delete(int id, IfMatch seen) {
    turns.holding(turn -> deleteInTransaction(turn, id, seen));
  }

  /** It may be this device's turn: who rotates hears of it before it is gone. */
  private boolean deleteInTransaction(RotationSlot turn, int id, IfMatch seen) {
    Device device = locked(id);
    check(device, seen, turn);
    String entityId = device.entityId().orElse(null);
    changed.fire(new DeviceChanged(id, device.model().id(), entityId, null, true));
    String clientId = device.clientId();
    entities.remove(device);
    entities.flush();
    issuer.delete(clientId);
    return true;
  }

  /**
   * Makes a device's client at the issuer anew if it is gone there.
   *
   * @throws Problem 404 when there is no such device, or what the issuer failed with
   */
  ClientStatus syncClient(int id, Instant now) {
    return turns.holding(turn -> syncClientInTransaction(turn, id, now));
  }

  private ClientStatus syncClientInTransaction(RotationSlot turn, int id, Instant now) {
    Device device = locked(id);
    Optional<IssuerClient> client = issuer.find(device.clientId());
    if (client.isEmpty()) {
      device.become(device.credential(turn).withNewClient(now));
      client = Optional.of(issuer.create(device.clientId()));
    }
    return ClientStatus.of(device.clientId(), client);
  }

  private static void check(Device device, IfMatch seen, RotationSlot turn) {
    seen.check("Device " + device.id(), DeviceDetails.of(device, turn));
  }

  /** One change of a device at a time, so that observers are called in order. */
  private Device locked(int id) {
    Device device = entities.find(Device.class, id, LockModeType.PESSIMISTIC_WRITE);
    if (device == null) {
      throw notFound(id);
    }
    return device;
  }

  private static Problem notFound(int id) {
    return Problem.notFound("Device " + id);
  }

  /** The key that was drawn is another's. */
  static final class KeyTaken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KeyTaken(Throwable cause) {
      super("The key is taken", cause);
    }
  }
}
