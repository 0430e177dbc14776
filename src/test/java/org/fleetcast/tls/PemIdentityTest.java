package org.fleetcast.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.util.Optional;
import org.fleetcast.stack.Certificates;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemIdentityTest {
  @TempDir Path folder;
  private Path certificate;
  private Path key;

  @BeforeEach
  void issue() {
    Certificates certificates = Certificates.in(folder);
    certificates.issue("own");
    certificates.issue("other");
    certificates.issueRsa("rsa");
    certificate = folder.resolve("own.pem");
    key = folder.resolve("own.key");
  }

  @ParameterizedTest
  @ValueSource(strings = {"own", "rsa"})
  void a_chain_and_its_key_make_a_store(String name) throws KeyStoreException {
    PemIdentity identity = identity(folder.resolve(name + ".pem"), folder.resolve(name + ".key"));
    assertThat(store(identity).getCertificateChain(PemIdentity.ALIAS)).hasSize(2);
  }

  @Test
  void one_of_the_two_files_alone_is_told_by_both_settings() {
    assertThat(PemIdentity.of("C", Optional.empty(), "K", Optional.empty())).isEmpty();
    assertThatThrownBy(() -> PemIdentity.of("C", Optional.of("file"), "K", Optional.empty()))
        .hasMessage("C and K need each other: only one is set");
    assertThatThrownBy(() -> PemIdentity.of("C", Optional.empty(), "K", Optional.of("file")))
        .hasMessage("C and K need each other: only one is set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"other.key", "rsa.key"})
  void the_key_of_another_certificate_is_refused(String another) {
    assertRefused(
        identity(certificate, folder.resolve(another)),
        "K: the key is not of the first certificate in " + certificate);
  }

  @Test
  void certificates_that_do_not_follow_one_another_are_refused() throws IOException {
    String text = Files.readString(certificate);
    Files.writeString(certificate, text + Files.readString(folder.resolve("other.pem")));
    assertRefused(
        identity(certificate, key),
        "C: no usable chain in "
            + certificate
            + ", whose first certificate is the own one, followed by who signed it");
  }

  @Test
  void a_key_in_another_form_is_told_what_makes_one_of_this() throws IOException {
    Files.writeString(key, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----");
    assertRefused(
        identity(certificate, key),
        "K: no unencrypted PKCS#8 PEM key in "
            + key
            + " (openssl pkcs8 -topk8 -nocrypt makes one)");
    Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----");
    assertRefused(
        identity(certificate, key),
        "K: no unencrypted PKCS#8 PEM key in "
            + key
            + " (openssl pkcs8 -topk8 -nocrypt makes one)");
    Files.writeString(key, "nothing");
    assertRefused(identity(certificate, key), "K: no unencrypted PKCS#8 PEM key in " + key);
  }

  @Test
  void a_file_without_a_certificate_is_refused() throws IOException {
    Files.writeString(certificate, "no certificate");
    assertRefused(identity(certificate, key), "C: no PEM certificate in " + certificate);
    Files.delete(certificate);
    assertRefused(identity(certificate, key), "C: cannot read " + certificate);
  }

  private static PemIdentity identity(Path certificate, Path key) {
    return PemIdentity.of(
            "C", Optional.of(certificate.toString()), "K", Optional.of(key.toString()))
        .orElseThrow();
  }

  private static KeyStore store(PemIdentity identity) {
    return identity.content().keyStore(new char[0]);
  }

  private static void assertRefused(PemIdentity identity, String sentence) {
    assertThatThrownBy(() -> store(identity)).isInstanceOf(PemFault.class).hasMessage(sentence);
  }
}
