package org.fleetcast.stack;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads an NVS partition as a device does, from Espressif's documentation of the format alone, and
 * takes nothing that a device would not: every checksum, state and padding is looked at.
 */
public final class NvsReader {
  private static final int PAGE = 4_096;
  private static final int ENTRIES = 126;

  private final ByteBuffer flash;
  private final Map<String, Integer> namespaces = new LinkedHashMap<>();
  private final Map<String, String> strings = new LinkedHashMap<>();
  private int pages;

  private NvsReader(byte[] image) {
    flash = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The strings of a partition, as {@code namespace.key}. */
  public static NvsReader read(byte[] image) {
    NvsReader reader = new NvsReader(image);
    require(image.length % PAGE == 0 && image.length >= 3 * PAGE, "whole pages, three or more");
    for (int page = 0; page < image.length / PAGE; page++) {
      reader.page(page * PAGE);
    }
    require(reader.pages < image.length / PAGE, "a page is free");
    return reader;
  }

  public Map<String, String> strings() {
    return strings;
  }

  /** How many pages are in use. */
  public int pages() {
    return pages;
  }

  private void page(int at) {
    int state = flash.getInt(at);
    if (state == -1) {
      require(isErased(at, at + PAGE), "a page that is not in use is erased");
      return;
    }
    boolean last = at + PAGE == flash.capacity() || flash.getInt(at + PAGE) == -1;
    require(state == (last ? 0xFFFFFFFE : 0xFFFFFFFC), "full pages and then the active one");
    require(flash.getInt(at + 4) == pages, "numbered in order");
    require(flash.get(at + 8) == (byte) 0xFE, "version 2");
    require(isErased(at + 9, at + 28), "the rest of the header is not written");
    require(flash.getInt(at + 28) == crc(bytes(at + 4, at + 28)), "the checksum of the header");
    pages++;
    int entry = 0;
    while (entry < ENTRIES && state(at, entry) == 0b10) {
      entry += entry(at, entry);
    }
    require(isErased(at + 64 + entry * 32, at + PAGE), "no entry after the last");
    for (int empty = entry; empty < ENTRIES; empty++) {
      require(state(at, empty) == 0b11, "its state too");
    }
    require((flash.get(at + 63) & 0xF0) == 0xF0, "the bits that no entry has");
  }

  private int state(int page, int entry) {
    return flash.get(page + 32 + entry / 4) >> (2 * (entry % 4)) & 0b11;
  }

  private int entry(int page, int entry) {
    int at = page + 64 + 32 * entry;
    int span = Byte.toUnsignedInt(flash.get(at + 2));
    require(span >= 1 && entry + span <= ENTRIES, "all of it on one page");
    for (int i = 0; i < span; i++) {
      require(state(page, entry + i) == 0b10, "all of it is written");
    }
    require(flash.get(at + 3) == (byte) 0xFF, "it is no part of a blob");
    byte[] checked = Arrays.copyOf(bytes(at, at + 4), 28);
    System.arraycopy(flash.array(), at + 8, checked, 4, 24);
    require(flash.getInt(at + 4) == crc(checked), "the checksum of an entry");
    byte[] name = bytes(at + 8, at + 24);
    int length = 0;
    while (name[length] != 0) {
      length++;
    }
    require(length > 0 && length < 16, "a name of 15 characters or fewer");
    String key = new String(name, 0, length, StandardCharsets.US_ASCII);
    if (flash.get(at) == 0) {
      require(flash.get(at + 1) == 0x01 && span == 1, "a namespace is a byte");
      require(isErased(at + 25, at + 32), "and no more");
      namespaces.put(key, Byte.toUnsignedInt(flash.get(at + 24)));
    } else {
      string(at, span, key);
    }
    return span;
  }

  private void string(int at, int span, String key) {
    int size = Short.toUnsignedInt(flash.getShort(at + 24));
    require(flash.get(at + 1) == 0x21, "a string");
    require(span == 1 + (size + 31) / 32, "as many entries as it takes");
    require(flash.getShort(at + 26) == -1, "two bytes are reserved");
    byte[] text = bytes(at + 32, at + 32 + size);
    require(flash.getInt(at + 28) == crc(text), "the checksum of a string");
    require(text[size - 1] == 0, "it ends with a zero");
    require(isErased(at + 32 + size, at + 32 * span), "its last entry is not written further");
    String namespace =
        namespaces.entrySet().stream()
            .filter(named -> named.getValue() == Byte.toUnsignedInt(flash.get(at)))
            .findFirst()
            .orElseThrow()
            .getKey();
    strings.put(namespace + "." + key, new String(text, 0, size - 1, StandardCharsets.UTF_8));
  }

  private boolean isErased(int from, int to) {
    for (int i = from; i < to; i++) {
      if (flash.get(i) != -1) {
        return false;
      }
    }
    return true;
  }

  private byte[] bytes(int from, int to) {
    return Arrays.copyOfRange(flash.array(), from, to);
  }

  /** CRC-32, bit by bit, from a register of zeros. */
  private static int crc(byte[] bytes) {
    int register = 0;
    for (byte b : bytes) {
      register ^= Byte.toUnsignedInt(b);
      for (int bit = 0; bit < 8; bit++) {
        register = (register & 1) == 0 ? register >>> 1 : register >>> 1 ^ 0xEDB88320;
      }
    }
    return ~register;
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("No such partition: " + what);
    }
  }
}
