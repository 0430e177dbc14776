package org.fleetcast.takeover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.fleetcast.devices.RotationState;
import org.fleetcast.takeover.Plan.NewDevice;
import org.fleetcast.takeover.Plan.Present;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final String SCHEMA = "{\"required\":[\"deviceName\"]}";
  private static final OldRegistry.Model MODEL =
      new OldRegistry.Model(3, "esp32", "ESP32", SCHEMA, NOW, NOW);
  private static final OldRegistry.Device PLAIN = device(1, "OK", null, null);

  @Test
  void ids_keys_and_configs_stay_as_they_are() {
    Plan plan = plan(Present.nothing(), PLAIN);
    assertThat(plan.models()).containsExactly(MODEL);
    assertThat(plan.devices())
        .containsExactly(
            new NewDevice(PLAIN, "esp32", "{\"deviceName\":\"d1\"}", RotationState.OK, null));
    assertThat(plan.refused()).isEmpty();
    assertThat(plan.notes()).isEmpty();
  }

  @Test
  void what_is_there_already_is_left_as_it_is() {
    Plan plan = plan(new Present(Map.of(3, "esp32"), Map.of(1, "key00001"), false, true), PLAIN);
    assertThat(plan).isEqualTo(new Plan(List.of(), List.of(), null, 2, List.of(), List.of()));
  }

  @Test
  void an_id_or_a_name_that_is_anothers_here_is_refused_and_named() {
    Present present =
        new Present(Map.of(9, "other"), Map.of(1, "abcd2345", 7, "key00002"), false, false);
    Plan plan = plan(present, PLAIN, device(2, "OK", null, null));
    assertThat(plan.devices()).isEmpty();
    assertThat(plan.refused())
        .containsExactly(
            "Device 1 (key00001): its id is that of our device abcd2345",
            "Device 2 (key00002): its key is that of another device here");
    Plan withoutModel = plan(new Present(Map.of(4, "esp32"), Map.of(), false, false), PLAIN);
    assertThat(withoutModel.refused())
        .containsExactly(
            "Model 3 (esp32): its code is that of another device model here",
            "Device 1 (key00001): its model 3 is not taken over");
  }

  @Test
  void of_several_that_are_pending_the_last_one_stays_and_the_others_keep_their_secrets() {
    Plan plan =
        plan(
            Present.nothing(),
            device(1, "PENDING", "first", NOW),
            device(2, "PENDING", "second", NOW.plusSeconds(2)),
            device(3, "PENDING", null, null));
    assertThat(plan.devices())
        .extracting(NewDevice::state)
        .containsExactly(RotationState.TIMEOUT, RotationState.PENDING, RotationState.TIMEOUT);
    assertThat(plan.devices())
        .extracting(NewDevice::oldSecret)
        .containsExactly("first, opened", "second, opened", null);
    assertThat(plan.notes()).hasSize(2).allMatch(note -> note.contains("becomes TIMEOUT"));
    Plan beside =
        plan(new Present(Map.of(), Map.of(), true, false), device(1, "PENDING", "first", NOW));
    assertThat(beside.devices().get(0).state())
        .as("ours has the turn")
        .isEqualTo(RotationState.TIMEOUT);
  }

  @Test
  void a_secret_that_cannot_be_opened_keeps_its_device_out_and_gives_nobody_the_turn() {
    Plan plan =
        plan(
            Present.nothing(),
            device(1, "PENDING", "first", NOW),
            device(2, "PENDING", "sealed by another", NOW.plusSeconds(2)));
    assertThat(plan.refused())
        .containsExactly(
            "Device 2 (key00002): OLD_SECRET_KEY does not open the secret that was put aside for"
                + " it");
    assertThat(plan.devices().get(0).state()).isEqualTo(RotationState.PENDING);
  }

  @Test
  void a_secret_that_means_nothing_to_its_device_keeps_it_from_nothing() {
    Plan plan =
        plan(
            Present.nothing(),
            device(1, "OK", "sealed by another", NOW),
            device(2, "QUEUED", "sealed by another", NOW),
            device(3, "PENDING", "", NOW));
    assertThat(plan.refused()).isEmpty();
    assertThat(plan.devices()).extracting(NewDevice::oldSecret).containsOnlyNulls().hasSize(3);
    assertThat(plan.notes())
        .contains(
            "Device 1 (key00001): a secret was put aside for it though it is OK",
            "Device 2 (key00002): a secret was put aside for it though it is QUEUED");
  }

  @Test
  void what_is_odd_is_taken_and_named() {
    OldRegistry.Device odd = unrotated(2, 3, "{\"x\":", "d1", "e", null, "LOST");
    OldRegistry.Device none =
        new OldRegistry.Device(
            4, "key00004", 3, null, null, "e", null, true, null, "s", null, null, null, null, null);
    Plan plan = plan(Present.nothing(), PLAIN, odd, none);
    assertThat(plan.devices())
        .extracting(NewDevice::config)
        .containsExactly("{\"deviceName\":\"d1\"}", "{\"x\":", "{}");
    assertThat(plan.notes())
        .hasSize(6)
        .anyMatch(
            note ->
                note.startsWith(
                    "Device 2 (key00002): it could not be saved here as it is: config is not valid"
                        + " JSON"))
        .anyMatch(
            note ->
                note.startsWith(
                    "Device 4 (key00004): it could not be saved here as it is: config at /"))
        .contains(
            "Device 2 (key00002): its rotation state LOST becomes OK",
            "Device 4 (key00004): a secret was put aside for it though it is OK",
            "Devices 1, 2 share the name d1",
            "Devices 2, 4 share the entity id e");
  }

  @Test
  void a_device_without_model_is_refused_and_named() {
    OldRegistry.Device orphan = unrotated(2, null, "{}", null, null, null, "OK");
    Plan plan = plan(Present.nothing(), orphan, PLAIN);
    assertThat(plan.devices()).extracting(device -> device.old().id()).containsExactly(1);
    assertThat(plan.refused()).containsExactly("Device 2 (key00002): it has no model");
  }

  @Test
  void columns_that_were_never_filled_are_read_from_the_config_and_others_count_as_they_are() {
    String config =
        "{\"deviceName\":\"Hall\",\"deviceEntityId\":\"sensor.hall\",\"enableOTA\":true}";
    Plan plan =
        plan(
            Present.nothing(),
            unrotated(2, 3, config, null, null, null, "OK"),
            unrotated(4, 3, config, "Hall", "sensor.other", false, "OK"));
    assertThat(plan.devices())
        .extracting(NewDevice::old)
        .extracting(
            OldRegistry.Device::name, OldRegistry.Device::entityId, OldRegistry.Device::enableOta)
        .containsExactly(tuple("Hall", "sensor.hall", true), tuple("Hall", "sensor.other", false));
    assertThat(plan.notes())
        .containsExactly(
            "Device 4 (key00004): its entity id is sensor.other, and sensor.hall in its config,"
                + " which counts from its next change on",
            "Device 4 (key00004): its enable_ota is false, and true in its config, which counts"
                + " from its next change on",
            "Devices 2, 4 share the name Hall");
  }

  @Test
  void a_schema_that_is_none_is_named_once_and_not_with_each_device() {
    OldRegistry old =
        new OldRegistry(
            List.of(
                new OldRegistry.Model(3, "esp32", "ESP32", "{\"type\":", NOW, NOW),
                new OldRegistry.Model(5, "bare", "Bare", " ", NOW, NOW)),
            List.of(PLAIN, device(2, "OK", null, null)),
            null,
            0,
            0);
    Plan plan = Plan.of(old, Present.nothing(), token -> Optional.empty());
    assertThat(plan.models())
        .extracting(OldRegistry.Model::configSchema)
        .containsExactly("{\"type\":", null);
    assertThat(plan.devices()).hasSize(2);
    assertThat(plan.notes())
        .singleElement()
        .asString()
        .startsWith(
            "Model 3 (esp32): no config of its devices can be changed here before its schema is"
                + " mended: config_schema ");
  }

  @Test
  void the_schedule_goes_on_from_when_it_last_ran() {
    for (String text :
        List.of(
            "2026-03-01T10:00:00",
            "2026-03-01 10:00:00+00:00",
            "2026-03-01T12:00:00+02:00",
            "2026-03-01T10:00:00Z")) {
      assertThat(scheduled(text, false)).as(text).isEqualTo(NOW);
    }
    assertThat(scheduled("2026-03-01T10:00:00", true)).as("ours is newer").isNull();
    assertThat(scheduled("soon", false)).isNull();
  }

  private static @Nullable Instant scheduled(String text, boolean there) {
    OldRegistry old = new OldRegistry(List.of(), List.of(), text, 0, 0);
    return Plan.of(old, new Present(Map.of(), Map.of(), false, there), token -> Optional.empty())
        .lastScheduled();
  }

  private static Plan plan(Present present, OldRegistry.Device... devices) {
    OldRegistry old = new OldRegistry(List.of(MODEL), Arrays.asList(devices), null, 0, 0);
    return Plan.of(
        old,
        present,
        token -> Optional.of(token + ", opened").filter(text -> !text.startsWith("sealed by")));
  }

  private static OldRegistry.Device device(
      int id, String state, @Nullable String secret, @Nullable Instant attempt) {
    return new OldRegistry.Device(
        id,
        "key0000" + id,
        3,
        "{\"deviceName\":\"d" + id + "\"}",
        "d" + id,
        "sensor." + id,
        null,
        true,
        state,
        secret,
        NOW,
        attempt,
        null,
        NOW,
        NOW);
  }

  /** One of which the old service noted no rotation. */
  private static OldRegistry.Device unrotated(
      int id,
      @Nullable Integer modelId,
      String config,
      @Nullable String name,
      @Nullable String entityId,
      @Nullable Boolean enableOta,
      String state) {
    return new OldRegistry.Device(
        id,
        "key0000" + id,
        modelId,
        config,
        name,
        entityId,
        enableOta,
        true,
        state,
        null,
        null,
        null,
        null,
        null,
        null);
  }
}
