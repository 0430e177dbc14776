package org.fleetcast.devices;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32;
import org.fleetcast.problem.Problem;

/**
 * An NVS partition as it lies in the flash of an ESP32, with one namespace of strings: version 2 of
 * the format, as Espressif's documentation of the non-volatile storage library describes it under
 * "Internals". A page has a header, two bits for the state of each entry, and 126 entries of 32
 * bytes; a string is an entry that names it and as many more as its bytes take, all on one page.
 * What is not written is 0xFF, as erased flash is.
 */
final class NvsImage {
  static final int PAGE = 4_096;

  /** The library needs three pages, one of them free. */
  static final int LEAST = 3 * PAGE;

  /** As large as the flash of most modules. */
  static final int MOST = 4 << 20;

  private static final int ENTRY = 32;
  private static final int ENTRIES = 126;
  private static final int LONGEST = 4_000;

  private static final int ACTIVE = 0xFFFF_FFFE;
  private static final int FULL = 0xFFFF_FFFC;
  private static final byte VERSION_2 = (byte) 0xFE;
  private static final byte NO_CHUNK = (byte) 0xFF;
  private static final byte BYTE = 0x01;
  private static final byte STRING = 0x21;

  /** Names of namespaces are entries of this one. */
  private static final int NAMESPACES = 0;

  private static final int OURS = 1;

  private final ByteBuffer flash;
  private int page = -1;
  private int used = ENTRIES; // the first entry begins the first page

  private NvsImage(int size) {
    flash = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.fill(flash.array(), (byte) 0xFF);
  }

  /**
   * The bytes of a partition.
   *
   * @param size in bytes, whole pages
   * @param namespace at most 15 characters of ASCII, as the names of the strings
   * @throws Problem 400 when a string is longer than a device can read, or all do not fit
   */
  static byte[] of(int size, String namespace, Map<String, String> strings) {
    NvsImage image = new NvsImage(size);
    image.add(NAMESPACES, BYTE, namespace, image.eight().put((byte) OURS), new byte[0]);
    strings.forEach(image::add);
    return image.flash.array();
  }

  private void add(String key, String text) {
    byte[] bytes = (text + '\0').getBytes(StandardCharsets.UTF_8);
    if (bytes.length > LONGEST) {
      throw Problem.invalid(key, "is longer than the " + (LONGEST - 1) + " bytes of a string");
    }
    ByteBuffer about = eight().putShort((short) bytes.length);
    about.position(Integer.BYTES);
    add(OURS, STRING, key, about.putInt(crc(bytes)), bytes);
  }

  /** The data of an entry, still erased. */
  private ByteBuffer eight() {
    byte[] erased = new byte[Long.BYTES];
    Arrays.fill(erased, (byte) 0xFF);
    return ByteBuffer.wrap(erased).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void add(int namespace, byte type, String key, ByteBuffer data, byte[] more) {
    int span = 1 + (more.length + ENTRY - 1) / ENTRY;
    if (used + span > ENTRIES) {
      begin();
    }
    int at = page * PAGE + (2 + used) * ENTRY;
    byte[] name = Arrays.copyOf(key.getBytes(StandardCharsets.US_ASCII), 16);
    flash.position(at);
    flash.put((byte) namespace).put(type).put((byte) span).put(NO_CHUNK);
    flash.position(at + 8);
    flash.put(name).put(data.array()).put(more);
    byte[] entry = flash.array();
    flash.putInt(
        at + 4,
        crc(Arrays.copyOfRange(entry, at, at + 4), Arrays.copyOfRange(entry, at + 8, at + 32)));
    for (int written = used; written < used + span; written++) {
      int bits = page * PAGE + ENTRY + written / 4;
      entry[bits] &=
          (byte) ~(1 << (2 * (written % 4))); // of the two bits, 11 is empty, 10 is written
    }
    used += span;
  }

  private void begin() {
    if (page >= 0) {
      flash.putInt(page * PAGE, FULL);
    }
    page++;
    if ((page + 2) * PAGE > flash.capacity()) { // the library keeps one free to move entries to
      throw Problem.invalid("partition_size", "is too small for what the device is to be told");
    }
    int at = page * PAGE;
    flash.putInt(at, ACTIVE).putInt(at + 4, page).put(at + 8, VERSION_2);
    flash.putInt(at + 28, crc(Arrays.copyOfRange(flash.array(), at + 4, at + 28)));
    used = 0;
  }

  /**
   * CRC-32 whose register begins with zeros, and not with ones as Java's: four bytes of ones do
   * that.
   */
  private static int crc(byte[]... parts) {
    CRC32 crc = new CRC32();
    crc.update(new byte[] {-1, -1, -1, -1});
    for (byte[] part : parts) {
      crc.update(part);
    }
    return (int) crc.getValue();
  }
}
