package org.fleetcast.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Trust in one authority that is known by the SHA-256 of its certificate, which the server sends
 * along. It is an anchor like any other: what is below it has to be signed by it, and for the name
 * that was asked for. (Elasticsearch's client has the same, but compares the fingerprint alone.)
 */
public final class CaFingerprint {
  private static final int SHA_256_BYTES = 32;

  private final byte[] sha256;

  private CaFingerprint(byte[] sha256) {
    this.sha256 = sha256;
  }

  /**
   * Reads a fingerprint: 64 hexadecimal digits, with or without colons.
   *
   * @throws PemFault when it is none
   */
  public static CaFingerprint of(String setting, String text) {
    String digits = text.strip().replace(":", "").toLowerCase(Locale.ROOT);
    if (!digits.matches("[0-9a-f]{" + 2 * SHA_256_BYTES + "}")) {
      throw new PemFault(
          setting + " must be the SHA-256 of a certificate: 64 hexadecimal digits, colons or not");
    }
    return new CaFingerprint(HexFormat.of().parseHex(digits));
  }

  /** What connections are made by. */
  public SSLContext context() {
    try {
      return TlsClient.context(null, new TrustManager[] {trust()});
    } catch (GeneralSecurityException unusable) {
      throw new IllegalStateException("This JDK cannot make a TLS context", unusable);
    }
  }

  X509TrustManager trust() {
    return new Pinned();
  }

  /** Names and algorithms are checked by the JDK and the HTTP client, as with any trust. */
  private final class Pinned implements X509TrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      try {
        for (TrustManager trust : TlsClient.trust(List.of(anchor(chain)))) {
          ((X509TrustManager) trust).checkServerTrusted(chain, type);
        }
      } catch (CertificateException refused) {
        throw refused;
      } catch (GeneralSecurityException | IOException unusable) {
        throw new CertificateException("Its authority cannot be used", unusable);
      }
    }

    private X509Certificate anchor(X509Certificate[] chain) throws GeneralSecurityException {
      for (X509Certificate sent : chain) {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(sent.getEncoded());
        if (Arrays.equals(hash, sha256)) {
          return sent;
        }
      }
      throw new CertificateException("no certificate of that fingerprint was sent");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("We are nobody's server here");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
