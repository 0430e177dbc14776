package org.fleetcast.devices;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is to rotate: the only row of its table, so that at most one device is ever
 * PENDING. Who holds it ({@link RotationSlots}) is alone with the rotation, among all replicas.
 */
@Entity
@Table(name = "rotation")
public class RotationSlot {
  static final int ID = 1;

  @Id
  @Column(name = "id")
  private int id;

  @Column(name = "pending_device_id")
  private @Nullable Integer pendingDeviceId;

  @Column(name = "last_scheduled_at")
  private @Nullable Instant lastScheduledAt;

  @Column(name = "last_cycle_at")
  private @Nullable Instant lastCycleAt;

  protected RotationSlot() {}

  /** The device that is PENDING. */
  public Optional<Integer> deviceId() {
    return Optional.ofNullable(pendingDeviceId);
  }

  public boolean isOf(int deviceId) {
    return pendingDeviceId != null && pendingDeviceId == deviceId;
  }

  /** Gives the turn to a device; the one before must have ended. */
  public void give(int deviceId) {
    if (pendingDeviceId != null) {
      throw new IllegalStateException("It is the turn of device " + pendingDeviceId);
    }
    pendingDeviceId = deviceId;
  }

  /** It is nobody's turn. */
  public void end() {
    pendingDeviceId = null;
  }

  /** When the job last ran; long ago if it never did. */
  public Instant lastCycleAt() {
    return lastCycleAt == null ? Instant.EPOCH : lastCycleAt;
  }

  /** The job runs. */
  public void cycle(Instant now) {
    lastCycleAt = now.truncatedTo(ChronoUnit.MICROS);
  }

  /** When the schedule last queued the fleet, or from when on it is to. */
  public Optional<Instant> lastScheduledAt() {
    return Optional.ofNullable(lastScheduledAt);
  }

  /** The schedule queued the fleet. */
  public void scheduled(Instant now) {
    lastScheduledAt = now.truncatedTo(ChronoUnit.MICROS);
  }

  /** There is a schedule: whether it is a new one, which counts from now on. */
  public boolean expects(Instant now) {
    boolean fresh = lastScheduledAt == null;
    if (fresh) {
      scheduled(now);
    }
    return fresh;
  }

  /** There is no schedule: whether there was one, of which nothing counts any more. */
  public boolean forgets() {
    boolean was = lastScheduledAt != null;
    lastScheduledAt = null;
    return was;
  }
}
