package org.fleetcast.sink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32;

/**
 * A checksum of a whole chunk of H2's, in the blanks that H2 leaves at the end of its first line,
 * as one more of the values there, which H2 does not ask for.
 */
final class ChunkChecksum {
  /** H2 reads so many bytes for the first line of a chunk. */
  static final int FIRST_LINE = 1_024;

  private static final String NAME = ",crc:";
  private static final String BLANKS = " ".repeat(NAME.length() + 8);

  private ChunkChecksum() {}

  /** Puts it in, if there is room. */
  static void sign(ByteBuffer chunk) {
    int end = text(chunk).length();
    if (end > 0 && at(chunk, end).equals(BLANKS)) {
      put(chunk, end, of(chunk));
    }
  }

  /** Whether a chunk is as it was signed; one without, which H2 wrote by itself, is. */
  static boolean isWhole(ByteBuffer chunk) {
    int start = text(chunk).length() - BLANKS.length();
    String found = start < 0 ? "" : at(chunk, start);
    if (!found.startsWith(NAME)) {
      return true;
    }
    put(chunk, start, BLANKS);
    boolean whole = found.equals(of(chunk));
    put(chunk, start, found);
    return whole;
  }

  /** The first line without the blanks at its end; empty when there is none. */
  static String text(ByteBuffer chunk) {
    byte[] bytes = new byte[Math.min(FIRST_LINE, chunk.limit())];
    chunk.get(0, bytes);
    String line = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = line.indexOf('\n');
    return end < 0 ? "" : line.substring(0, end).stripTrailing();
  }

  private static String of(ByteBuffer chunk) {
    CRC32 crc = new CRC32();
    crc.update(chunk.duplicate());
    return NAME + HexFormat.of().toHexDigits((int) crc.getValue());
  }

  private static String at(ByteBuffer chunk, int position) {
    byte[] bytes = new byte[BLANKS.length()];
    chunk.get(position, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static void put(ByteBuffer chunk, int position, String text) {
    chunk.put(position, text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
