package org.fleetcast.devices;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A device of the fleet. It is created together with its client at the credential issuer, keeps its
 * key for life, is notified of a new config whenever one is written, and ends with its client.
 */
@Entity
@Table(name = "device")
public class Device {
  private static final String CLIENT_PREFIX = "iotdevice-";

  @Id
  @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "device_seq")
  @SequenceGenerator(name = "device_seq", sequenceName = "device_seq", allocationSize = 1)
  @Column(name = "id")
  private int id;

  @Column(name = "device_key")
  private String key;

  @ManyToOne(fetch = FetchType.LAZY, optional = false)
  @JoinColumn(name = "device_model_id")
  private DeviceModel model;

  @Column(name = "active")
  private boolean active;

  @Column(name = "config")
  private String config;

  @Column(name = "device_name")
  private @Nullable String deviceName;

  @Column(name = "device_entity_id")
  private @Nullable String deviceEntityId;

  @Column(name = "enable_ota")
  private @Nullable Boolean enableOta;

  @Enumerated(EnumType.STRING)
  @Column(name = "rotation_state")
  private RotationState rotationState;

  @Column(name = "cached_secret")
  private @Nullable String cachedSecret;

  @Column(name = "secret_regenerated_at")
  private @Nullable Instant secretRegeneratedAt;

  @Column(name = "secret_created_at")
  private @Nullable Instant secretCreatedAt;

  @Column(name = "last_rotation_attempt_at")
  private @Nullable Instant lastRotationAttemptAt;

  @Column(name = "last_rotation_completed_at")
  private @Nullable Instant lastRotationCompletedAt;

  @Column(name = "rotation_timeouts")
  private int rotationTimeouts;

  @Column(name = "rotation_retry_at")
  private @Nullable Instant rotationRetryAt;

  @Column(name = "secret_withdrawn_from")
  private @Nullable Instant secretWithdrawnFrom;

  @Column(name = "secret_withdrawn_until")
  private @Nullable Instant secretWithdrawnUntil;

  @Column(name = "secret_withdrawn_before")
  private @Nullable String secretWithdrawnBefore;

  @Column(name = "created_at")
  private Instant createdAt;

  @Column(name = "updated_at")
  private Instant updatedAt;

  @SuppressWarnings("NullAway.Init") // the entity manager fills what it makes
  protected Device() {}

  Device(DeviceModel model, String key, DeviceConfig config, Instant now) {
    this.model = model;
    this.key = key;
    this.active = true;
    this.config = config.text();
    this.deviceName = config.deviceName();
    this.deviceEntityId = config.deviceEntityId();
    this.enableOta = config.enableOta();
    this.createdAt = now.truncatedTo(ChronoUnit.MICROS);
    this.updatedAt = createdAt;
    this.rotationState = RotationState.OK;
    this.secretCreatedAt = createdAt;
  }

  void change(DeviceConfig newConfig, boolean nowActive, Instant now) {
    config = newConfig.text();
    deviceName = newConfig.deviceName();
    deviceEntityId = newConfig.deviceEntityId();
    enableOta = newConfig.enableOta();
    active = nowActive;
    updatedAt = now.truncatedTo(ChronoUnit.MICROS);
  }

  /** Its credential; PENDING when it is this device's turn, which is stored there alone. */
  public Credential credential(RotationSlot turn) {
    return new Credential(
        turn.isOf(id) ? RotationState.PENDING : rotationState,
        cachedSecret,
        secretRegeneratedAt,
        secretCreatedAt,
        lastRotationAttemptAt,
        lastRotationCompletedAt,
        rotationTimeouts,
        rotationRetryAt,
        Withdrawn.of(secretWithdrawnBefore, secretWithdrawnFrom, secretWithdrawnUntil));
  }

  /** Its credential after a move; one that is PENDING is queued again should the turn be lost. */
  public void become(Credential moved) {
    rotationState = moved.state() == RotationState.PENDING ? RotationState.QUEUED : moved.state();
    cachedSecret = moved.cachedSecret();
    secretRegeneratedAt = micros(moved.regeneratedAt());
    secretCreatedAt = micros(moved.secretCreatedAt());
    lastRotationAttemptAt = micros(moved.lastAttemptAt());
    lastRotationCompletedAt = micros(moved.lastCompletedAt());
    rotationTimeouts = moved.timeouts();
    rotationRetryAt = micros(moved.retryAt());
    Withdrawn.Period withdrawn = moved.withdrawn().last().orElse(null);
    secretWithdrawnFrom = withdrawn == null ? null : withdrawn.from();
    secretWithdrawnUntil = withdrawn == null ? null : withdrawn.until();
    secretWithdrawnBefore = moved.withdrawn().before();
  }

  private static @Nullable Instant micros(@Nullable Instant instant) {
    return instant == null ? null : instant.truncatedTo(ChronoUnit.MICROS);
  }

  public int id() {
    return id;
  }

  public String key() {
    return key;
  }

  public DeviceModel model() {
    return model;
  }

  /** Its client at the credential issuer: {@code iotdevice-<model code>-<key>}. */
  public String clientId() {
    return clientId(model.code(), key);
  }

  /** The same of a device that is not here yet, or no more. */
  public static String clientId(String modelCode, String key) {
    return CLIENT_PREFIX + modelCode + "-" + key;
  }

  public boolean active() {
    return active;
  }

  /** The config as it was sent, to the letter. */
  public String config() {
    return config;
  }

  /** The entity by which its log lines name it; none when the config has none or an empty one. */
  public Optional<String> entityId() {
    return Optional.ofNullable(deviceEntityId).filter(id -> !id.isEmpty());
  }

  @Nullable String deviceName() {
    return deviceName;
  }

  @Nullable String deviceEntityId() {
    return deviceEntityId;
  }

  @Nullable Boolean enableOta() {
    return enableOta;
  }

  Instant createdAt() {
    return createdAt;
  }

  Instant updatedAt() {
    return updatedAt;
  }
}
