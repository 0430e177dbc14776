package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;

/**
 * Keeps secrets in the database and in cookies: AES-256-GCM under a key derived from {@code
 * secret.key}. What was sealed under {@code secret.key.previous} is still opened.
 */
@Singleton
public class SecretBox {
  private static final int MIN_KEY_LENGTH = 16;
  private static final int MIN_DIFFERENT = 8;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final String PREFIX = "v1.";

  private final SecureRandom random = new SecureRandom();
  private final SecretKeySpec key;
  private final Optional<SecretKeySpec> previous;

  /**
   * A box of one key, or of two while the key is changed.
   *
   * @param previous may be as weak as it was: that is a reason to change it
   */
  @Inject
  public SecretBox(
      @ConfigProperty(name = "secret.key") Optional<String> secretKey,
      @ConfigProperty(name = "secret.key.previous") Optional<String> previous) {
    String given = secretKey.orElse("");
    if (given.length() < MIN_KEY_LENGTH) {
      throw Setting.bad(
          "SECRET_KEY must be set to at least "
              + MIN_KEY_LENGTH
              + " characters: it encrypts what is kept secret in the database");
    }
    if (isEasyToGuess(given)) {
      throw Setting.bad(
          "SECRET_KEY is too easy to guess: it repeats or counts. Set what a generator of random"
              + " passwords gives, such as openssl rand -base64 32");
    }
    this.key = derive(given);
    this.previous = previous.filter(text -> !text.isEmpty()).map(SecretBox::derive);
  }

  /** A box of one key. */
  public SecretBox(Optional<String> secretKey) {
    this(secretKey, Optional.empty());
  }

  /** Whether it has few different characters, repeats itself, or counts up or down. */
  private static boolean isEasyToGuess(String key) {
    boolean repeats = (key + key).indexOf(key, 1) < key.length();
    long steps =
        IntStream.range(1, key.length())
            .filter(i -> Math.abs(key.charAt(i) - key.charAt(i - 1)) <= 1)
            .count();
    return key.chars().distinct().count() < MIN_DIFFERENT || repeats || steps * 2 >= key.length();
  }

  /** Whether the key is being changed: what was sealed before is to be sealed anew. */
  public boolean isChanging() {
    return previous.isPresent();
  }

  /**
   * Encrypts a text.
   *
   * @param purpose what the text is, and whose; only the same purpose opens it again
   */
  public String seal(String text, String purpose) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] sealed = crypt(key, Cipher.ENCRYPT_MODE, nonce, bytes(text), purpose).orElseThrow();
    byte[] whole = ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array();
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
  }

  /** The text again; empty when it was sealed under another key or purpose, or was changed. */
  public Optional<String> open(String sealed, String purpose) {
    return open(key, sealed, purpose)
        .or(() -> previous.flatMap(before -> open(before, sealed, purpose)));
  }

  /** The same text sealed under the present key; empty when it is already, or cannot be opened. */
  public Optional<String> resealed(String sealed, String purpose) {
    return open(key, sealed, purpose).isPresent()
        ? Optional.empty()
        : open(sealed, purpose).map(text -> seal(text, purpose));
  }

  private static Optional<String> open(SecretKeySpec key, String sealed, String purpose) {
    return unpack(sealed)
        .flatMap(
            whole ->
                crypt(
                    key,
                    Cipher.DECRYPT_MODE,
                    Arrays.copyOf(whole, NONCE_BYTES),
                    Arrays.copyOfRange(whole, NONCE_BYTES, whole.length),
                    purpose))
        .map(text -> new String(text, StandardCharsets.UTF_8));
  }

  private static Optional<byte[]> unpack(String sealed) {
    if (!sealed.startsWith(PREFIX)) {
      return Optional.empty();
    }
    try {
      byte[] whole = Base64.getUrlDecoder().decode(sealed.substring(PREFIX.length()));
      return whole.length < NONCE_BYTES + TAG_BITS / 8 ? Optional.empty() : Optional.of(whole);
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }

  private static Optional<byte[]> crypt(
      SecretKeySpec key, int mode, byte[] nonce, byte[] input, String purpose) {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(bytes(purpose));
      return Optional.of(cipher.doFinal(input));
    } catch (GeneralSecurityException refused) {
      return Optional.empty();
    }
  }

  /** HKDF-SHA256 (RFC 5869); one block is all that a 256-bit key takes. */
  private static SecretKeySpec derive(String secretKey) {
    byte[] extracted = hmac(new byte[32], bytes(secretKey));
    byte[] info = bytes("fleetcast secret box v1\u0001");
    return new SecretKeySpec(hmac(extracted, info), "AES");
  }

  private static byte[] hmac(byte[] key, byte[] input) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(input);
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException("This JDK has no HmacSHA256", everyJdkHasIt);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
