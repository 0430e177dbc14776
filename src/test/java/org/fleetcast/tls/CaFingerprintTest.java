package org.fleetcast.tls;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import org.fleetcast.stack.Certificates;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaFingerprintTest {
  private static final String TYPE = "ECDHE_ECDSA";

  @TempDir Path folder;
  @TempDir Path elsewhere;
  private X509Certificate authority;
  private X509Certificate server;

  @BeforeEach
  void issue() {
    Certificates certificates = Certificates.in(folder);
    authority = certificates.authority();
    server = certificates.issue("server");
  }

  @Test
  void what_the_authority_signed_is_trusted_and_a_certificate_by_its_own_fingerprint() {
    assertThatCode(() -> check(authority, server, authority)).doesNotThrowAnyException();
    assertThatCode(() -> check(server, server, authority)).doesNotThrowAnyException();
    assertThatCode(() -> check(server, server)).doesNotThrowAnyException();
  }

  @Test
  void an_authority_that_is_only_sent_along_vouches_for_nobody() {
    X509Certificate forged = Certificates.in(elsewhere).issue("server");
    assertThatThrownBy(() -> check(authority, forged, authority))
        .isInstanceOf(CertificateException.class);
  }

  @Test
  void another_authority_is_not_trusted() {
    Certificates others = Certificates.in(elsewhere);
    X509Certificate other = others.issue("server");
    assertThatThrownBy(() -> check(authority, other, others.authority()))
        .isInstanceOf(CertificateException.class)
        .hasMessage("no certificate of that fingerprint was sent");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ab:cd", "g", "SHA256:00"})
  void what_is_no_fingerprint_is_refused(String text) {
    assertThatThrownBy(() -> CaFingerprint.of("F", text))
        .hasMessage("F must be the SHA-256 of a certificate: 64 hexadecimal digits, colons or not");
  }

  private static void check(X509Certificate known, X509Certificate... sent)
      throws GeneralSecurityException {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(known.getEncoded());
    String text = HexFormat.ofDelimiter(":").withUpperCase().formatHex(hash);
    CaFingerprint.of("F", text).trust().checkServerTrusted(sent, TYPE);
  }
}
