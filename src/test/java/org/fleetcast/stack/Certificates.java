package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.fleetcast.tls.PemFile;
import org.fleetcast.tls.PemIdentity;
import org.fleetcast.tls.TlsClient;

/**
 * An authority of a test's own, and the certificates that it signs for this machine's loopback, as
 * PEM files in a folder.
 */
public final class Certificates {
  private static final Duration LIFE = Duration.ofDays(1);

  private final Path folder;
  private final X500Name name;
  private final KeyPair keys;
  private final X509Certificate authority;

  private Certificates(Path folder) {
    this.folder = folder;
    this.name = new X500Name("CN=An authority of tests " + serial());
    this.keys = keyPair("EC", 256);
    this.authority = signed(name, keys, true);
    writeText("ca.pem", pem("CERTIFICATE", encoded(authority)));
  }

  /** A new authority, whose certificate is {@code ca.pem} in the folder. */
  public static Certificates in(Path folder) {
    return new Certificates(folder);
  }

  /**
   * Writes {@code <file>.pem}, which has the authority's certificate too, and {@code <file>.key},
   * anew if they are there. The key is one of EC.
   */
  public X509Certificate issue(String file) {
    return issue(file, keyPair("EC", 256));
  }

  /** The same for a key of RSA. */
  public X509Certificate issueRsa(String file) {
    return issue(file, keyPair("RSA", 2048));
  }

  private X509Certificate issue(String file, KeyPair pair) {
    X509Certificate issued = signed(new X500Name("CN=" + file), pair, false);
    writeText(file + ".key", pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
    writeText(
        file + ".pem",
        pem("CERTIFICATE", encoded(issued)) + pem("CERTIFICATE", encoded(authority)));
    return issued;
  }

  /** What a server, or a client, with an issued certificate makes its connections by. */
  public SSLContext identity(String file) {
    return new TlsClient(
            PemFile.of("ca", Optional.of(file("ca.pem").toString())),
            PemIdentity.of(
                "certificate",
                Optional.of(file(file + ".pem").toString()),
                "key",
                Optional.of(file(file + ".key").toString())))
        .context();
  }

  /** A file of the folder, such as {@code ca.pem}. */
  public Path file(String file) {
    return folder.resolve(file);
  }

  /** The authority's certificate. */
  public X509Certificate authority() {
    return authority;
  }

  private X509Certificate signed(X500Name subject, KeyPair pair, boolean isAuthority) {
    Instant now = Instant.now();
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
                  name,
                  serial(),
                  Date.from(now.minus(LIFE)),
                  Date.from(now.plus(LIFE)),
                  subject,
                  pair.getPublic())
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
      if (!isAuthority) {
        builder.addExtension(Extension.subjectAlternativeName, false, loopback());
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer())));
    } catch (CertIOException | OperatorCreationException | GeneralSecurityException failure) {
      throw new IllegalStateException("No certificate for " + subject, failure);
    }
  }

  private PrivateKey signer() {
    return keys.getPrivate();
  }

  private static GeneralNames loopback() {
    return new GeneralNames(
        new GeneralName[] {
          new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
          new GeneralName(GeneralName.dNSName, "localhost")
        });
  }

  private static KeyPair keyPair(String algorithm, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException failure) {
      throw new IllegalStateException("No key of " + algorithm, failure);
    }
  }

  private static BigInteger serial() {
    return new BigInteger(64, new SecureRandom());
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static String pem(String label, byte[] content) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }

  /** Readable by its owner alone, as PostgreSQL wants its key. */
  private void writeText(String file, String text) {
    try {
      Files.writeString(file(file), text);
      if (file.endsWith(".key")) {
        Files.setPosixFilePermissions(file(file), PosixFilePermissions.fromString("rw-------"));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
