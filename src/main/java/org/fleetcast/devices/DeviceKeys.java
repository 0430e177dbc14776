package org.fleetcast.devices;

import java.util.random.RandomGenerator;

/** Makes device keys: 8 characters of {@code [a-z2-7]}. */
final class DeviceKeys {
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int LENGTH = 8;

  private DeviceKeys() {}

  static String next(RandomGenerator random) {
    StringBuilder key = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      key.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return key.toString();
  }
}
