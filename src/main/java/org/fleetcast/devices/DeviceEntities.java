package org.fleetcast.devices;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** By which entities the devices name their lines, of many devices in one query. */
@Singleton
public class DeviceEntities {
  private static final String SELECT =
      "select new org.fleetcast.devices.DeviceEntity(d.id, d.deviceEntityId) from Device d";
  private static final String ORDER = " order by d.id";

  private final EntityManager entities; // lives within a transaction only
  private final Transactions transactions;

  @Inject
  DeviceEntities(EntityManager entities, Transactions transactions) {
    this.entities = entities;
    this.transactions = transactions;
  }

  /** All devices by id. */
  public List<DeviceEntity> all() {
    return transactions.read(
        () -> entities.createQuery(SELECT + ORDER, DeviceEntity.class).getResultList());
  }

  /** All devices with their models. */
  public List<FleetMember> members() {
    return transactions.read(
        () ->
            entities
                .createQuery(
                    "select new org.fleetcast.devices.FleetMember("
                        + "d.id, d.model.id, d.deviceEntityId) from Device d",
                    FleetMember.class)
                .getResultList());
  }

  /** The entity of each device that has one, by the id of its client. */
  public Map<String, String> byClient() {
    return transactions.read(
        () ->
            entities
                .createQuery("select d from Device d join fetch d.model", Device.class)
                .getResultStream()
                .filter(device -> device.entityId().isPresent())
                .collect(
                    Collectors.toUnmodifiableMap(
                        Device::clientId, device -> device.entityId().orElseThrow())));
  }

  /** Those of a model by id; none when there is no such model. */
  public List<DeviceEntity> ofModel(int modelId) {
    return transactions.read(
        () ->
            entities
                .createQuery(SELECT + " where d.model.id = :model" + ORDER, DeviceEntity.class)
                .setParameter("model", modelId)
                .getResultList());
  }

  /** Those devices by id; one that is not there is left out. */
  public List<DeviceEntity> of(Collection<Integer> ids) {
    if (ids.isEmpty()) {
      return List.of();
    }
    return transactions.read(
        () ->
            entities
                .createQuery(SELECT + " where d.id in :ids" + ORDER, DeviceEntity.class)
                .setParameter("ids", ids)
                .getResultList());
  }
}
