package org.fleetcast.mqtt;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The bytes that the broker sends on one connection, with each PUBLISH whose payload is over a
 * limit cut to its beginning: Paho reads a message whole into memory, and MQTT allows 256 MB. What
 * is cut off is read and counted, not kept.
 *
 * <p>Paho's sockets time out every second, so any read may throw in the middle of a packet: what
 * was read until then is kept in the fields, and the next call goes on there.
 */
final class CutPublishes extends InputStream {
  private static final int PUBLISH = 3;
  private static final int MAX_LENGTH_BYTES = 4;

  private final InputStream in;
  private final PayloadLimit limit;

  /** The beginning of a packet, as far as it was read. */
  private byte[] gathered = new byte[16];

  private int count;

  /** What of it is handed on, before the bytes that pass as they are. */
  private ByteBuffer ready = ByteBuffer.allocate(0);

  private long passing;

  /** Of a payload that is cut: how much of what is not kept is still to come. */
  private long left;

  /** The end of what is handed on of {@code ready} while some is still to come. */
  private int free;

  private long length;
  private byte[] scrap = {};
  private final MessageDigest digest = sha256();

  CutPublishes(InputStream in, PayloadLimit limit) {
    this.in = in;
    this.limit = limit;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int wanted) throws IOException {
    if (wanted == 0) {
      return 0;
    }
    if (!ready.hasRemaining() && passing == 0 && left == 0 && !nextPacket()) {
      return -1;
    }
    if (left > 0 && released() == 0) {
      skip();
    }
    int released = released();
    if (released > 0) {
      int given = Math.min(wanted, released);
      ready.get(into, offset, given);
      return given;
    }
    int given = in.read(into, offset, (int) Math.min(wanted, passing));
    passing -= Math.max(given, 0);
    return given;
  }

  @Override
  public int available() throws IOException {
    int released = released();
    return released > 0 ? released : (int) Math.min(in.available(), passing);
  }

  /** How much can be handed on before anything more is read. */
  private int released() {
    return left > 0 ? free - ready.position() : ready.remaining();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** Reads the beginning of a packet; false at the end of the connection. */
  private boolean nextPacket() throws IOException {
    while (!isLengthKnown()) {
      int next = in.read();
      if (next < 0 && count == 0) {
        return false;
      }
      add(next);
    }
    int head = lengthBytes() + 1;
    long remaining = remainingLength();
    int end = head;
    if (((gathered[0] & 0xf0) >> 4) == PUBLISH && remaining > limit.bytes()) {
      gather(head + 2);
      int topic = ((gathered[head] & 0xff) << 8) | (gathered[head + 1] & 0xff);
      boolean acknowledged = (gathered[0] & 0b110) != 0; // QoS 1 or 2, which have a packet id
      end = head + 2 + topic + (acknowledged ? 2 : 0);
      gather(end);
    }
    long payload = remaining - (end - head);
    if (payload > limit.bytes()) {
      gather(end + PayloadLimit.KEPT);
      cut(head, end, payload);
    } else {
      ready = ByteBuffer.wrap(Arrays.copyOf(gathered, count));
      passing = payload;
    }
    count = 0;
    return true;
  }

  private boolean isLengthKnown() throws IOException {
    if (count > MAX_LENGTH_BYTES
        && lengthBytes() == MAX_LENGTH_BYTES
        && gathered[MAX_LENGTH_BYTES] < 0) {
      throw new IOException("The broker sent a packet with a malformed length");
    }
    return count > 1 && (gathered[lengthBytes()] >= 0);
  }

  /** How many bytes the length takes, as far as they were read. */
  private int lengthBytes() {
    int at = 1;
    while (at < count - 1 && at < MAX_LENGTH_BYTES && gathered[at] < 0) {
      at++;
    }
    return at;
  }

  private long remainingLength() {
    long value = 0;
    for (int i = 0; i < lengthBytes(); i++) {
      value |= (long) (gathered[1 + i] & 0x7f) << (7 * i);
    }
    return value;
  }

  private void add(int next) throws IOException {
    if (next < 0) {
      throw new EOFException("The broker ended the connection within a packet");
    }
    gathered[count++] = (byte) next;
  }

  private void gather(int end) throws IOException {
    if (gathered.length < end) {
      gathered = Arrays.copyOf(gathered, end);
    }
    while (count < end) {
      count += received(in.read(gathered, count, end - count));
    }
  }

  private static int received(int bytes) throws EOFException {
    if (bytes < 0) {
      throw new EOFException("The broker ended the connection within a message");
    }
    return bytes;
  }

  private void cut(int head, int end, long payload) {
    byte[] lengthBytes = encoded(end - head + PayloadLimit.KEPT + PayloadLimit.TRAILER);
    ready =
        ByteBuffer.allocate(
            1 + lengthBytes.length + end - head + PayloadLimit.KEPT + PayloadLimit.TRAILER);
    ready.put(gathered[0]).put(lengthBytes).put(gathered, head, count - head);
    ready.flip();
    free = 1 + lengthBytes.length; // Paho is out of step when a read times out within the header
    digest.update(gathered, end, PayloadLimit.KEPT);
    length = payload;
    left = payload - PayloadLimit.KEPT;
    scrap = new byte[PayloadLimit.KEPT];
    gathered = new byte[16];
  }

  /**
   * Reads what is cut off until more of what is kept may be handed on: as large a part of it, so
   * that Paho sees the connection live however long it takes.
   */
  private void skip() throws IOException {
    int kept = ready.limit();
    long rest = length - PayloadLimit.KEPT;
    while (left > 0 && released() == 0) {
      int skipped = received(in.read(scrap, 0, (int) Math.min(scrap.length, left)));
      digest.update(scrap, 0, skipped);
      left -= skipped;
      free = Math.max(free, (int) (kept * (rest - left) / rest));
    }
    if (left == 0) {
      ready.limit(ready.capacity());
      ready.put(kept, limit.trailer(length, digest.digest()));
      scrap = new byte[0];
    }
  }

  private static byte[] encoded(int length) {
    byte[] bytes = new byte[MAX_LENGTH_BYTES];
    int count = 0;
    for (int more = length; more > 0; more >>= 7) {
      bytes[count++] = (byte) (more > 0x7f ? (more & 0x7f) | 0x80 : more);
    }
    return Arrays.copyOf(bytes, count);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JDK has SHA-256", impossible);
    }
  }
}
