package org.fleetcast.stack;

import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * A device of the demo.
 *
 * @param name as people call it
 * @param entityId as its log lines name it
 * @param pace the time between two of its steps
 * @param script what it logs at each step
 * @param stubborn whether it never fetches new credentials
 */
record SampleDevice(String name, String entityId, Duration pace, Script script, boolean stubborn) {

  /** What a device logs at its n-th step. */
  @FunctionalInterface
  interface Script {
    void step(EspLog log, int n, Random random);
  }

  /** One of each temper. */
  static List<SampleDevice> all() {
    return List.of(
        of("Living room sensor", "sensor.living_room", 2_000, SampleDevice::sensor),
        of("Garage door", "cover.garage_door", 4_000, SampleDevice::garageDoor),
        of("Bathroom heater", "climate.bathroom_heater", 1_500, SampleDevice::heater),
        of("Driveway camera", "camera.driveway", 3_000, SampleDevice::camera),
        of("Greenhouse gateway", "gateway.greenhouse", 2_500, SampleDevice::gateway)
            .ofStubbornKind(),
        of("Weather station", "sensor.weather_station", 300, SampleDevice::weatherStation));
  }

  private static SampleDevice of(String name, String entityId, long paceMillis, Script script) {
    return new SampleDevice(name, entityId, Duration.ofMillis(paceMillis), script, false);
  }

  private SampleDevice ofStubbornKind() {
    return new SampleDevice(name, entityId, pace, script, true);
  }

  private static void sensor(EspLog log, int n, Random random) {
    log.after(2_000);
    if (n == 0) {
      log.boot().info("boot", "living room sensor 2.4.1").info("wifi", "connected to ap");
    }
    log.info(
        "sensor",
        "temperature=%.1f C humidity=%d %%"
            .formatted(20 + 2 * random.nextDouble(), 40 + random.nextInt(8)));
    if (n % 7 == 3) {
      log.debug("heap", "free=" + (180_000 + random.nextInt(9_000)));
    }
    if (n % 11 == 5) {
      log.warning("wifi", "weak signal rssi=-" + (78 + random.nextInt(10)) + " dBm");
    }
  }

  private static void garageDoor(EspLog log, int n, Random random) {
    log.after(4_000);
    if (n % 5 != 2) {
      log.verbose("door", "idle, magnet closed");
      return;
    }
    log.info("button", "pressed").info("door", "opening");
    for (int percent = 0; percent <= 100; percent += 5) {
      log.after(120).debug("motor", "position=" + percent + " % current=" + amperes(random));
    }
    if (random.nextInt(3) == 0) {
      log.error("motor", "over-current, reversing").warning("door", "blocked at 40 %");
    }
    log.info("door", "open");
  }

  private static String amperes(Random random) {
    return "%.2f A".formatted(1.5 + random.nextDouble());
  }

  /** Boots, heats for a few steps, panics, and boots again. */
  private static void heater(EspLog log, int n, Random random) {
    switch (n % 6) {
      case 0 -> {
        log.boot().info("boot", "ESP-IDF v5.3.1 2nd stage bootloader");
        log.info("boot", "chip revision: v3.1").info("boot", "rst:0xc (SW_CPU_RESET)");
        log.after(40).info("heap_init", "Initializing. RAM available for dynamic allocation:");
        log.after(300).info("wifi", "mode : sta").info("wifi", "connected to ap");
        log.info("heater", "target=22.0 C");
      }
      case 5 -> {
        log.error("heater", "i2c read failed: ESP_ERR_TIMEOUT");
        log.error("panic", "Guru Meditation Error: Core 0 panic'ed (LoadProhibited)");
        log.error("panic", "Backtrace: 0x400d1a2b:0x3ffb5e20 0x400d1b9f:0x3ffb5e40");
        log.warning("panic", "Rebooting...");
      }
      default ->
          log.after(1_500)
              .info("heater", "duty=%d %%".formatted(30 + random.nextInt(40)))
              .verbose("pid", "p=%.3f i=%.3f".formatted(random.nextDouble(), random.nextDouble()));
    }
  }

  private static void camera(EspLog log, int n, Random random) {
    log.after(3_000).info("camera", "frame=" + n + " size=" + (40_000 + random.nextInt(9_000)));
    StringBuilder histogram = new StringBuilder("histogram=");
    int buckets = n % 4 == 0 ? 1_500 : 120;
    for (int i = 0; i < buckets; i++) {
      histogram.append(Integer.toHexString(random.nextInt(256))).append(',');
    }
    log.debug("camera", histogram.toString());
    if (n % 9 == 4) {
      log.warning("camera", "frame dropped: no memory for a buffer of 153600 bytes");
    }
  }

  /** Its serial line is bad: now and then something that is no log line at all. */
  private static void gateway(EspLog log, int n, Random random) {
    log.after(2_500).info("zigbee", "nodes=" + (11 + random.nextInt(3)) + " lqi=" + (n % 255));
    switch (n % 12) {
      case 3 -> log.raw("@@@ brownout @@@");
      case 6 -> log.raw("{\"entity_id\":42,\"message\":\"who am I?\"}");
      case 9 -> log.raw((byte) 0xff, (byte) 0xfe, (byte) 0x00, (byte) 0xc3);
      case 11 -> log.raw("").raw("{\"message\":\"a line without a sender\"}");
      default -> log.debug("zigbee", "heartbeat");
    }
  }

  private static void weatherStation(EspLog log, int n, Random random) {
    log.after(300).verbose("wind", "%.1f m/s".formatted(3 + 4 * random.nextDouble()));
    if (n % 20 == 0) {
      log.info("rain", "%.1f mm/h".formatted(random.nextDouble()));
    }
  }
}
