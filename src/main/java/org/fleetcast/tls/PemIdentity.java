package org.fleetcast.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * As whom we show ourselves: a certificate, followed by those that lead to its authority, and its
 * key.
 */
public record PemIdentity(PemFile certificate, PemFile key) {
  static final String ALIAS = "identity";

  private static final byte[] SAMPLE = new byte[32];

  /**
   * The identity of two settings, where both are set.
   *
   * @throws PemFault when only one is
   */
  public static Optional<PemIdentity> of(
      String certificateSetting,
      Optional<String> certificate,
      String keySetting,
      Optional<String> key) {
    if (certificate.isPresent() != key.isPresent()) {
      throw new PemFault(
          certificateSetting + " and " + keySetting + " need each other: only one is set");
    }
    return certificate.map(
        file ->
            new PemIdentity(
                new PemFile(certificateSetting, file), new PemFile(keySetting, key.orElseThrow())));
  }

  /** What the two files hold right now. */
  Content content() {
    return new Content(certificate.bytes(), key.bytes());
  }

  /** The bytes of both files, read one after the other: they may be of two renewals. */
  final class Content {
    private final byte[] certificateBytes;
    private final byte[] keyBytes;

    private Content(byte[] certificateBytes, byte[] keyBytes) {
      this.certificateBytes = certificateBytes;
      this.keyBytes = keyBytes;
    }

    boolean isSame(Content other) {
      return Arrays.equals(certificateBytes, other.certificateBytes)
          && Arrays.equals(keyBytes, other.keyBytes);
    }

    List<Certificate> chain() {
      return certificate.certificates(certificateBytes);
    }

    /**
     * A PKCS#12 store of the identity alone.
     *
     * @throws PemFault when the key is of another certificate, or they do not follow one another
     */
    KeyStore keyStore(char[] password) {
      Certificate[] chain = chain().toArray(Certificate[]::new);
      PrivateKey secret = key.key(keyBytes);
      try {
        if (!belongTogether(secret, chain[0].getPublicKey())) {
          throw new PemFault(
              key.setting() + ": the key is not of the first certificate in " + certificate.file());
        }
        KeyStore store = emptyStore();
        store.setKeyEntry(ALIAS, secret, password, chain);
        return store;
      } catch (GeneralSecurityException | IOException unusable) {
        throw new PemFault(
            certificate.setting()
                + ": no usable chain in "
                + certificate.file()
                + ", whose first certificate is the own one, followed by who signed it",
            unusable);
      }
    }
  }

  private static boolean belongTogether(PrivateKey secret, PublicKey open)
      throws GeneralSecurityException {
    if (!secret.getAlgorithm().equals(open.getAlgorithm())) {
      return false;
    }
    String algorithm =
        switch (secret.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> secret.getAlgorithm();
        };
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(secret);
    signature.update(SAMPLE);
    byte[] signed = signature.sign();
    signature.initVerify(open);
    signature.update(SAMPLE);
    return signature.verify(signed);
  }

  static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
