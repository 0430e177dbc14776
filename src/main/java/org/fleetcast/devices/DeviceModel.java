package org.fleetcast.devices;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A kind of device. Its code is part of its devices' client ids and never changes; it can be
 * deleted once no device is left. Its schema, if any, binds what is written from then on: a device
 * that is there already is held against it at its next change.
 */
@Entity
@Table(name = "device_model")
public class DeviceModel {
  @Id
  @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "device_model_seq")
  @SequenceGenerator(
      name = "device_model_seq",
      sequenceName = "device_model_seq",
      allocationSize = 1)
  @Column(name = "id")
  private int id;

  @Column(name = "code")
  private String code;

  @Column(name = "name")
  private String name;

  @Column(name = "config_schema")
  private @Nullable String configSchema;

  @Column(name = "created_at")
  private Instant createdAt;

  @Column(name = "updated_at")
  private Instant updatedAt;

  protected DeviceModel() {}

  DeviceModel(String code, String name, @Nullable String configSchema, Instant now) {
    this.code = code;
    this.name = name;
    this.configSchema = configSchema;
    this.createdAt = now.truncatedTo(ChronoUnit.MICROS);
    this.updatedAt = createdAt;
  }

  /** Takes what is given; null leaves it as it is. */
  void change(@Nullable String newName, @Nullable String newSchema, Instant now) {
    if (newName != null) {
      name = newName;
    }
    if (newSchema != null) {
      configSchema = newSchema;
    }
    updatedAt = now.truncatedTo(ChronoUnit.MICROS);
  }

  public int id() {
    return id;
  }

  public String code() {
    return code;
  }

  public String name() {
    return name;
  }

  /** The JSON Schema of the devices' config, as text. */
  public Optional<String> configSchema() {
    return Optional.ofNullable(configSchema);
  }

  Instant createdAt() {
    return createdAt;
  }

  Instant updatedAt() {
    return updatedAt;
  }
}
