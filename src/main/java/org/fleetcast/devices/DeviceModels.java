package org.fleetcast.devices;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/** The models of the fleet. */
@Singleton
public class DeviceModels {
  private final EntityManager entities; // lives within a transaction only
  private final Transactions transactions;

  @Inject
  DeviceModels(EntityManager entities, Transactions transactions) {
    this.entities = entities;
    this.transactions = transactions;
  }

  /**
   * One model.
   *
   * @throws Problem 404 when there is none
   */
  public DeviceModel get(int id) {
    return transactions.read(() -> getInTransaction(id));
  }

  private DeviceModel getInTransaction(int id) {
    return found(id, entities.find(DeviceModel.class, id));
  }

  DeviceModelDetails details(int id) {
    return transactions.read(() -> detailsInTransaction(id));
  }

  private DeviceModelDetails detailsInTransaction(int id) {
    return DeviceModelDetails.of(get(id), devicesOf(id));
  }

  /** All models by code. */
  List<DeviceModelSummary> list() {
    return transactions.read(() -> listInTransaction());
  }

  private List<DeviceModelSummary> listInTransaction() {
    return entities
        .createQuery(
            "select m, (select count(d) from Device d where d.model = m) from DeviceModel m",
            Object[].class)
        .getResultStream()
        .map(row -> DeviceModelSummary.of((DeviceModel) row[0], (Long) row[1]))
        .sorted(Comparator.comparing(DeviceModelSummary::code)) // databases collate "_" differently
        .toList();
  }

  /**
   * Adds a model.
   *
   * @throws Problem 400 when the schema is none, 409 when the code is taken
   */
  DeviceModelDetails create(String code, String name, @Nullable String configSchema, Instant now) {
    return transactions.call(() -> createInTransaction(code, name, configSchema, now));
  }

  private DeviceModelDetails createInTransaction(
      String code, String name, @Nullable String configSchema, Instant now) {
    checked(configSchema);
    if (taken(code)) {
      throw exists(code);
    }
    DeviceModel model = new DeviceModel(code, name, configSchema, now);
    try {
      entities.persist(model);
      entities.flush();
    } catch (PersistenceException refused) {
      // Somebody else took the code between the question and the answer.
      throw WriteRefusal.of(refused) == WriteRefusal.NOT_UNIQUE ? exists(code) : refused;
    }
    return DeviceModelDetails.of(model, 0);
  }

  /**
   * Changes a model; null leaves a part as it is.
   *
   * @throws Problem 404 when there is none, 400 when the schema is none, 412 when the model is not
   *     what its writer has seen
   */
  DeviceModelDetails change(
      int id, @Nullable String name, @Nullable String configSchema, IfMatch seen, Instant now) {
    return transactions.call(() -> changeInTransaction(id, name, configSchema, seen, now));
  }

  private DeviceModelDetails changeInTransaction(
      int id, @Nullable String name, @Nullable String configSchema, IfMatch seen, Instant now) {
    DeviceModel model = locked(id);
    checked(configSchema);
    check(model, seen);
    model.change(name, configSchema, now);
    return DeviceModelDetails.of(model, devicesOf(id));
  }

  /**
   * Removes a model.
   *
   * @throws Problem 404 when there is none, 400 while it has devices, 412 when the model is not
   *     what its writer has seen
   */
  void delete(int id, IfMatch seen) {
    transactions.run(() -> deleteInTransaction(id, seen));
  }

  private void deleteInTransaction(int id, IfMatch seen) {
    DeviceModel model = locked(id);
    if (devicesOf(id) > 0) {
      throw hasDevices(id);
    }
    check(model, seen);
    try {
      entities.remove(model);
      entities.flush();
    } catch (PersistenceException refused) {
      throw WriteRefusal.of(refused) == WriteRefusal.REFERENCE ? hasDevices(id) : refused;
    }
  }

  private void check(DeviceModel model, IfMatch seen) {
    seen.check("Device model " + model.id(), DeviceModelDetails.of(model, devicesOf(model.id())));
  }

  /** One change of a model at a time, so that of two who have seen the same only one writes. */
  private DeviceModel locked(int id) {
    return found(id, entities.find(DeviceModel.class, id, LockModeType.PESSIMISTIC_WRITE));
  }

  private static DeviceModel found(int id, @Nullable DeviceModel model) {
    if (model == null) {
      throw Problem.notFound("Device model " + id);
    }
    return model;
  }

  private static void checked(@Nullable String configSchema) {
    if (configSchema != null) {
      ConfigSchema.read(configSchema);
    }
  }

  private boolean taken(String code) {
    return entities
            .createQuery("select count(m) from DeviceModel m where m.code = :code", Long.class)
            .setParameter("code", code)
            .getSingleResult()
        > 0;
  }

  private long devicesOf(int id) {
    return entities
        .createQuery("select count(d) from Device d where d.model.id = :id", Long.class)
        .setParameter("id", id)
        .getSingleResult();
  }

  private static Problem exists(String code) {
    return Problem.of(ProblemCode.RECORD_EXISTS, "Device model " + code + " exists already");
  }

  private static Problem hasDevices(int id) {
    return Problem.of(
        ProblemCode.INVALID_OPERATION, "Device model " + id + " has devices and cannot be deleted");
  }
}
