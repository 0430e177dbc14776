package org.fleetcast.it;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What one device sends that is hard to take. */
final class Payloads {
  private static final int MIB = 1 << 20;

  private Payloads() {}

  /** Lines that are no objects, 4 MB of them. */
  static byte[] twoMillionBadLines() {
    return bytes("0\n".repeat(2_000_000));
  }

  /** The smallest lines that are good. */
  static byte[] tinyLines(int mebibytes) {
    return bytes("{}\n".repeat(mebibytes * MIB / 3));
  }

  /** A line of 258 kB, all of it the C1 character that ends a string of a terminal. */
  static byte[] controlCharacters(String entity) {
    return bytes(line(entity, "\u009d".repeat(129_000)));
  }

  static byte[] oneLine(String entity, int megabytes) {
    return bytes(line(entity, "l".repeat(megabytes * 1_000_000)));
  }

  /** Lines of as many entities that nobody registered. */
  static byte[] madeUpEntities(int from, int count) {
    return bytes(
        IntStream.range(from, from + count)
            .mapToObj(n -> line("made.up." + n, "I (1) x: hello"))
            .collect(Collectors.joining()));
  }

  /** Good lines of ordinary length in one message. */
  static byte[] goodLines(String entity, int count, int length) {
    return bytes(line(entity, "I (1) t: " + "g".repeat(length)).repeat(count));
  }

  static String line(String entity, String message) {
    return "{\"entity_id\":\"" + entity + "\",\"message\":\"" + message + "\"}\n";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
