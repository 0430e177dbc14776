package org.fleetcast.mqtt;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** The PEM files of a TLS connection: whom to trust, and who we are if the broker asks. */
record PemFiles(Optional<String> ca, Optional<String> certificate, Optional<String> key) {
  static final PemFiles NONE = new PemFiles(Optional.empty(), Optional.empty(), Optional.empty());

  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
  private static final char[] NO_PASSWORD = new char[0];

  /** Sockets that trust the authority and show the certificate; without files: the JDK's own. */
  SSLSocketFactory socketFactory() {
    if (certificate.isPresent() != key.isPresent()) {
      throw new IllegalStateException(
          "mqtt.certificate.file and mqtt.key.file need each other: only one is set");
    }
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(), trust(), null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException | IOException unusable) {
      throw new IllegalStateException(
          "mqtt.certificate.file and mqtt.key.file do not make a usable identity", unusable);
    }
  }

  private TrustManager @Nullable [] trust() throws GeneralSecurityException, IOException {
    if (ca.isEmpty()) {
      return null; // the JDK's authorities
    }
    KeyStore store = emptyStore();
    int number = 0;
    for (Certificate authority : certificates("mqtt.ca.file", ca.get())) {
      store.setCertificateEntry("ca-" + number++, authority);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private KeyManager @Nullable [] keys() throws GeneralSecurityException, IOException {
    if (certificate.isEmpty() || key.isEmpty()) {
      return null; // no client certificate
    }
    Certificate[] chain =
        certificates("mqtt.certificate.file", certificate.get()).toArray(Certificate[]::new);
    KeyStore store = emptyStore();
    store.setKeyEntry("client", privateKey("mqtt.key.file", key.get()), NO_PASSWORD, chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(String name, String file)
      throws GeneralSecurityException {
    byte[] pem = read(name, file);
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    try {
      var found = factory.generateCertificates(new ByteArrayInputStream(pem));
      if (!found.isEmpty()) {
        return found;
      }
    } catch (CertificateException malformed) {
      throw new IllegalStateException(name + ": no PEM certificate in " + file, malformed);
    }
    throw new IllegalStateException(name + ": no PEM certificate in " + file);
  }

  private static PrivateKey privateKey(String name, String file) throws GeneralSecurityException {
    String pem = new String(read(name, file), StandardCharsets.US_ASCII);
    Matcher block = PRIVATE_KEY.matcher(pem);
    if (block.find()) {
      var spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(block.group(1)));
      for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(spec);
        } catch (InvalidKeySpecException another) {
          // Its PEM label does not say which algorithm a key is for: the next one may fit.
        }
      }
    }
    throw new IllegalStateException(name + ": no unencrypted PKCS#8 PEM key in " + file);
  }

  private static byte[] read(String name, String file) {
    try {
      return Files.readAllBytes(Path.of(file));
    } catch (IOException | InvalidPathException unreadable) {
      throw new IllegalStateException(name + ": cannot read " + file, unreadable);
    }
  }
}
