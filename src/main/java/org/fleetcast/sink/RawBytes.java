package org.fleetcast.sink;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.fleetcast.mqtt.InboundMessage;
import org.fleetcast.mqtt.OversizedPayload;

/**
 * What is kept of bytes that cannot be taken: all of them, or their beginning.
 *
 * @param bytes what is kept
 * @param cut what is not: length and SHA-256 of the whole, in words; empty when nothing is missing
 */
public record RawBytes(byte[] bytes, String cut) {
  /** In the reason of a dead letter: it does not have all bytes. */
  public static final String CUT = "raw cut to ";

  static final int MAX = 65_536;

  /** So many bytes of a character may lie before a cut through it. */
  private static final int CONTINUED = 3;

  static RawBytes of(byte[] all, int start, int end) {
    int length = end - start;
    if (length <= MAX) {
      return new RawBytes(Arrays.copyOfRange(all, start, end), "");
    }
    return beginning(all, start, length, sha256(all, start, length));
  }

  /** Of a whole message. */
  static RawBytes of(InboundMessage message) {
    OversizedPayload oversized = message.oversized();
    return oversized == null || oversized.length() == message.payload().length
        ? of(message.payload(), 0, message.payload().length)
        : beginning(message.payload(), 0, oversized.length(), oversized.sha256());
  }

  private static RawBytes beginning(byte[] all, int start, long length, byte[] sha256) {
    return new RawBytes(
        Arrays.copyOfRange(all, start, beforeCharacter(all, start + MAX)),
        CUT + MAX + " of " + length + " bytes sha256=" + HexFormat.of().formatHex(sha256));
  }

  /** Puts the bytes into a dead letter, as text if they are UTF-8, with the reason. */
  void put(ObjectNode fields, String reason) {
    fields.put("reason", cut.isEmpty() ? reason : reason + "; " + cut);
    try {
      fields.put(
          "raw", StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
      fields.put("encoding", "text");
    } catch (CharacterCodingException notText) {
      fields.put("raw", Base64.getEncoder().encodeToString(bytes));
      fields.put("encoding", "base64");
    }
  }

  /** A cut within a character would make text look like none. */
  private static int beforeCharacter(byte[] all, int cut) {
    int at = cut;
    while (at > cut - CONTINUED && (all[at] & 0xc0) == 0x80) {
      at--;
    }
    return (all[at] & 0xc0) == 0x80 ? cut : at;
  }

  private static byte[] sha256(byte[] all, int start, int length) {
    MessageDigest digest = DeliveryFingerprint.newDigest();
    digest.update(all, start, length);
    return digest.digest();
  }
}
