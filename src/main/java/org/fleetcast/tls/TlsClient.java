package org.fleetcast.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * We as a client of somebody's TLS.
 *
 * @param ca whose certificates are trusted; empty: those of the JDK's authorities
 * @param identity as whom we show ourselves to a server that asks; empty: as nobody
 */
public record TlsClient(Optional<PemFile> ca, Optional<PemIdentity> identity) {
  /** Who trusts the JDK's authorities and shows no certificate. */
  public static final TlsClient PLAIN = new TlsClient(Optional.empty(), Optional.empty());

  private static final char[] NO_PASSWORD = new char[0];

  /**
   * Whose certificates may be trusted, by a setting.
   *
   * @param file the PEM file of the authority; empty: the JDK's authorities
   */
  public static TlsClient trusting(String setting, Optional<String> file) {
    return new TlsClient(PemFile.of(setting, file), Optional.empty());
  }

  /**
   * For the start, where that is better reported than at the first connection.
   *
   * @throws PemFault when a file cannot be used
   */
  public void check() {
    if (ca.isPresent() || identity.isPresent()) {
      SSLContext unused = context();
    }
  }

  /**
   * What connections are made by, of the files as they are now. The server's own default would
   * trust whom its key store trusts.
   *
   * @throws PemFault when a file cannot be used
   */
  public SSLContext context() {
    try {
      return context(keys(), ca.isEmpty() ? null : trust(ca.get().certificates()));
    } catch (GeneralSecurityException | IOException unusable) {
      throw new IllegalStateException("This JDK cannot make a TLS context", unusable);
    }
  }

  private KeyManager @Nullable [] keys() throws GeneralSecurityException {
    if (identity.isEmpty()) {
      return null;
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(identity.get().content().keyStore(NO_PASSWORD), NO_PASSWORD);
    return factory.getKeyManagers();
  }

  /** A context without a certificate of its own, or with none but these managers' trust. */
  static SSLContext context(KeyManager @Nullable [] keys, TrustManager @Nullable [] trust)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust, null);
    return context;
  }

  /** Trust in what these authorities signed, and in themselves. */
  static TrustManager[] trust(Iterable<? extends Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = PemIdentity.emptyStore();
    int number = 0;
    for (Certificate authority : authorities) {
      store.setCertificateEntry("ca-" + number++, authority);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }
}
