package org.fleetcast.takeover;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.fleetcast.identity.Sha256;

/**
 * Opens the tokens in which the older service kept secrets: Fernet as it is published (0x80, time,
 * IV, AES-128-CBC, HMAC-SHA256), with the SHA-256 of a text as its key.
 */
final class Fernet {
  private static final byte VERSION = (byte) 0x80;
  private static final int IV_AT = 1 + Long.BYTES;
  private static final int TEXT_AT = IV_AT + 16;
  private static final int MAC_BYTES = 32;

  private final SecretKeySpec signing;
  private final SecretKeySpec encryption;

  /** With the key that a {@code SECRET_KEY} stands for. */
  static Fernet of(String secretKey) {
    return new Fernet(Sha256.of(secretKey));
  }

  /** With a key of 32 bytes. */
  Fernet(byte[] key) {
    signing = new SecretKeySpec(key, 0, 16, "HmacSHA256");
    encryption = new SecretKeySpec(key, 16, 16, "AES");
  }

  /** The text again; empty when it was sealed under another key, or was changed. */
  Optional<String> open(String token) {
    try {
      byte[] whole = Base64.getUrlDecoder().decode(token.strip());
      int macAt = whole.length - MAC_BYTES;
      if (macAt < TEXT_AT || whole[0] != VERSION) {
        return Optional.empty();
      }
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(signing);
      byte[] expected = mac.doFinal(Arrays.copyOf(whole, macAt));
      if (!MessageDigest.isEqual(expected, Arrays.copyOfRange(whole, macAt, whole.length))) {
        return Optional.empty();
      }
      Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
      cipher.init(Cipher.DECRYPT_MODE, encryption, new IvParameterSpec(whole, IV_AT, 16));
      byte[] text = cipher.doFinal(whole, TEXT_AT, macAt - TEXT_AT);
      return Optional.of(new String(text, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException | GeneralSecurityException noToken) {
      return Optional.empty();
    }
  }
}
