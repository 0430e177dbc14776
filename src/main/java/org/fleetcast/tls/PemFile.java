package org.fleetcast.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A PEM file, read whenever it is asked for something.
 *
 * @param setting the name of the setting, which the sentence about a fault names
 * @param file its path
 */
public record PemFile(String setting, String file) {
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  /** The file that a setting names, where it is set. */
  public static Optional<PemFile> of(String setting, Optional<String> file) {
    return file.map(path -> new PemFile(setting, path));
  }

  /** All certificates in it, in their order; at least one. */
  List<Certificate> certificates() {
    return certificates(bytes());
  }

  List<Certificate> certificates(byte[] pem) {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      var found = factory.generateCertificates(new ByteArrayInputStream(pem));
      if (!found.isEmpty()) {
        return List.copyOf(found);
      }
    } catch (CertificateException malformed) {
      throw new PemFault(setting + ": no PEM certificate in " + file, malformed);
    }
    throw new PemFault(setting + ": no PEM certificate in " + file);
  }

  /** The private key in those bytes of it. */
  PrivateKey key(byte[] content) {
    String pem = new String(content, StandardCharsets.US_ASCII);
    Matcher block = PRIVATE_KEY.matcher(pem);
    if (block.find()) {
      var spec = new PKCS8EncodedKeySpec(decoded(block.group(1)));
      for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(spec);
        } catch (InvalidKeySpecException another) {
          continue; // its PEM label does not say which algorithm a key is for
        } catch (GeneralSecurityException missing) {
          throw new PemFault(setting + ": this JDK has no " + algorithm, missing);
        }
      }
    }
    throw new PemFault(
        setting
            + ": no unencrypted PKCS#8 PEM key in "
            + file
            + (pem.contains("PRIVATE KEY-----")
                ? " (openssl pkcs8 -topk8 -nocrypt makes one)"
                : ""));
  }

  /** Of what is not Base64 nothing, which is no key either. */
  private static byte[] decoded(String base64) {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException cut) {
      return new byte[0];
    }
  }

  byte[] bytes() {
    try {
      return Files.readAllBytes(Path.of(file));
    } catch (IOException | InvalidPathException unreadable) {
      throw new PemFault(setting + ": cannot read " + file, unreadable);
    }
  }
}
