package org.fleetcast.takeover;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;
import static java.util.Comparator.nullsFirst;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.fleetcast.devices.ConfigSchema;
import org.fleetcast.devices.DeviceConfig;
import org.fleetcast.devices.RotationState;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written of an old registry, and what has to be said of it. What is there already is
 * left as it is, so after a plan was carried out the next one is empty.
 *
 * @param devices those to be added; of one that is PENDING its turn too
 * @param lastScheduled null when there is none, or our database has one
 * @param present how many models and devices are there already
 * @param refused what cannot be taken over, a sentence each
 * @param notes what is taken over as it is, and should be looked at
 */
record Plan(
    List<OldRegistry.Model> models,
    List<NewDevice> devices,
    @Nullable Instant lastScheduled,
    int present,
    List<String> refused,
    List<String> notes) {

  /**
   * A device as it becomes ours.
   *
   * @param oldSecret the secret that it had before its turn, where that is put aside
   */
  record NewDevice(
      OldRegistry.Device old,
      String modelCode,
      String config,
      RotationState state,
      @Nullable String oldSecret) {

    /** Names no secret. */
    @Override
    public String toString() {
      return "NewDevice[id=" + old.id() + ", state=" + state + "]";
    }
  }

  /**
   * What our registry holds before.
   *
   * @param models codes by id
   * @param devices keys by id
   * @param pending whether it is the turn of one of its devices
   * @param scheduled whether it knows when the schedule last ran
   */
  record Present(
      Map<Integer, String> models,
      Map<Integer, String> devices,
      boolean pending,
      boolean scheduled) {
    static Present nothing() {
      return new Present(Map.of(), Map.of(), false, false);
    }
  }

  /**
   * Decides.
   *
   * @param open opens a secret that was put aside; empty when the key is another
   */
  static Plan of(OldRegistry old, Present present, Function<String, Optional<String>> open) {
    return new Decision(old, present, open).plan();
  }

  /** How many devices are to come in a state. */
  long count(RotationState state) {
    return devices.stream().filter(device -> device.state() == state).count();
  }

  /** How many secrets that were put aside are to come. */
  long secrets() {
    return devices.stream().filter(device -> device.oldSecret() != null).count();
  }

  /** The making of a plan. */
  private static final class Decision {
    private final OldRegistry old;
    private final Present present;
    private final Function<String, Optional<String>> open;
    private final List<OldRegistry.Model> models = new ArrayList<>();
    private final Map<Integer, OldRegistry.Model> ofDevices = new HashMap<>();
    private final List<NewDevice> devices = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private int there;

    Decision(OldRegistry old, Present present, Function<String, Optional<String>> open) {
      this.old = old;
      this.present = present;
      this.open = open;
    }

    Plan plan() {
      old.models().forEach(this::model);
      Integer turn = turn();
      old.devices().forEach(device -> device(device, turn));
      shared("name", OldRegistry.Device::name);
      shared("entity id", OldRegistry.Device::entityId);
      return new Plan(models, devices, scheduled(), there, refused, notes);
    }

    private void model(OldRegistry.Model model) {
      Optional<String> taken =
          taken(present.models(), model.id(), model.code(), "code", "device model");
      if (taken.isPresent()) {
        refused.add("Model %d (%s): %s".formatted(model.id(), model.code(), taken.get()));
        return;
      }
      Optional<String> fault =
          Optional.ofNullable(model.configSchema()).flatMap(ConfigSchema::fault);
      ofDevices.put(model.id(), fault.isEmpty() ? model : model.withoutSchema());
      if (present.models().containsKey(model.id())) {
        there++;
        return;
      }
      fault.ifPresent(
          why ->
              notes.add(
                  "Model %d (%s): no config of its devices can be changed here before its schema is mended: %s"
                      .formatted(model.id(), model.code(), why)));
      models.add(model);
    }

    /** Who of those that are PENDING stays so: the one that was tried last. */
    private @Nullable Integer turn() {
      return present.pending()
          ? null
          : old.devices().stream()
              .filter(device -> "PENDING".equals(device.rotationState()))
              .filter(device -> refusal(device).isEmpty() && !isThere(device))
              .max(
                  comparing(OldRegistry.Device::lastAttemptAt, nullsFirst(naturalOrder()))
                      .thenComparing(OldRegistry.Device::id))
              .map(OldRegistry.Device::id)
              .orElse(null);
    }

    private void device(OldRegistry.Device device, @Nullable Integer turn) {
      Optional<String> refusal = refusal(device);
      if (refusal.isPresent()) {
        refused.add(named(device) + refusal.get());
        return;
      }
      if (isThere(device)) {
        there++;
        return;
      }
      OldRegistry.Model model = Objects.requireNonNull(ofDevices.get(device.modelId()));
      String config = Objects.requireNonNullElse(device.config(), "{}");
      ConfigSchema.fault(config, model.configSchema())
          .ifPresent(
              fault -> notes.add(named(device) + "it could not be saved here as it is: " + fault));
      RotationState state = state(device, turn);
      devices.add(
          new NewDevice(
              called(device, config),
              model.code(),
              config,
              state,
              secret(device, state).orElse(null)));
    }

    /**
     * What its columns leave open its config may say: they were not always filled. Where the two
     * differ the columns count, as they did for the pages and the log until now.
     */
    private OldRegistry.Device called(OldRegistry.Device device, String config) {
      Optional<DeviceConfig> read = DeviceConfig.readable(config);
      if (read.isEmpty()) {
        return device;
      }
      DeviceConfig said = read.get();
      return device.called(
          counts(device, "name", device.name(), said.deviceName()),
          counts(device, "entity id", device.entityId(), said.deviceEntityId()),
          counts(device, "enable_ota", device.enableOta(), said.enableOta()));
    }

    private <T> @Nullable T counts(
        OldRegistry.Device device, String what, @Nullable T column, @Nullable T said) {
      if (column != null && said != null && !column.equals(said)) {
        notes.add(
            "%sits %s is %s, and %s in its config, which counts from its next change on"
                .formatted(named(device), what, column, said));
      }
      return column == null ? said : column;
    }

    private Optional<String> refusal(OldRegistry.Device device) {
      if (device.modelId() == null) {
        return Optional.of("it has no model");
      }
      if (!ofDevices.containsKey(device.modelId())) {
        return Optional.of("its model %d is not taken over".formatted(device.modelId()));
      }
      String sealed = putAside(device);
      boolean needed =
          Set.of("PENDING", "TIMEOUT").contains(String.valueOf(device.rotationState()));
      if (sealed != null && needed && !isThere(device) && open.apply(sealed).isEmpty()) {
        return Optional.of("OLD_SECRET_KEY does not open the secret that was put aside for it");
      }
      return taken(present.devices(), device.id(), device.key(), "key", "device");
    }

    private static @Nullable String putAside(OldRegistry.Device device) {
      String sealed = device.cachedSecret();
      return sealed == null || sealed.isEmpty() ? null : sealed;
    }

    private boolean isThere(OldRegistry.Device device) {
      return device.key().equals(present.devices().get(device.id()));
    }

    private static Optional<String> taken(
        Map<Integer, String> there, int id, String name, String whatName, String what) {
      String other = there.get(id);
      if (other != null && !other.equals(name)) {
        return Optional.of("its id is that of our %s %s".formatted(what, other));
      }
      return other == null && there.containsValue(name)
          ? Optional.of("its %s is that of another %s here".formatted(whatName, what))
          : Optional.empty();
    }

    private RotationState state(OldRegistry.Device device, @Nullable Integer turn) {
      String state = Objects.requireNonNullElse(device.rotationState(), "OK");
      switch (state) {
        case "OK":
          return RotationState.OK;
        case "QUEUED":
          return RotationState.QUEUED;
        case "TIMEOUT":
          return RotationState.TIMEOUT;
        case "PENDING":
          if (Objects.equals(turn, device.id())) {
            return RotationState.PENDING;
          }
          notes.add(named(device) + "another device was PENDING too; it becomes TIMEOUT");
          return RotationState.TIMEOUT;
        default:
          notes.add(named(device) + "its rotation state %s becomes OK".formatted(state));
          return RotationState.OK;
      }
    }

    /** A secret that is put aside means something to a turn, or to one that is over badly. */
    private Optional<String> secret(OldRegistry.Device device, RotationState state) {
      String sealed = putAside(device);
      if (sealed == null) {
        return Optional.empty();
      }
      if (state == RotationState.OK || state == RotationState.QUEUED) {
        notes.add(named(device) + "a secret was put aside for it though it is " + state);
        return Optional.empty();
      }
      return open.apply(sealed);
    }

    private void shared(String what, Function<OldRegistry.Device, @Nullable String> value) {
      Map<String, Set<Integer>> byValue = new TreeMap<>();
      for (NewDevice device : devices) {
        String text = value.apply(device.old());
        if (text != null && !text.isEmpty()) {
          byValue.computeIfAbsent(text, none -> new HashSet<>()).add(device.old().id());
        }
      }
      byValue.forEach(
          (text, ids) -> {
            if (ids.size() > 1) {
              notes.add("Devices %s share the %s %s".formatted(list(ids), what, text));
            }
          });
    }

    private static String list(Set<Integer> ids) {
      return String.join(", ", ids.stream().sorted().map(String::valueOf).toList());
    }

    private @Nullable Instant scheduled() {
      String text = old.lastScheduled();
      if (text == null || present.scheduled()) {
        return null;
      }
      try {
        String iso = text.strip().replace(' ', 'T');
        return iso.matches(".*T.*(Z|[+-][0-9:]+)")
            ? OffsetDateTime.parse(iso).toInstant()
            : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
      } catch (DateTimeException unreadable) {
        notes.add("LAST_SCHEDULED_AT is no time: the schedule begins anew");
        return null;
      }
    }

    private static String named(OldRegistry.Device device) {
      return "Device %d (%s): ".formatted(device.id(), device.key());
    }
  }
}
