package org.fleetcast.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Startup;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.stack.Certificates;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerCertificateTest {
  private static final String PASSWORD = "of the store";

  @TempDir Path folder;
  private Certificates certificates;
  private Path store;

  @BeforeEach
  void issue() {
    certificates = Certificates.in(folder);
    store = folder.resolve("security").resolve("key.p12");
  }

  @Test
  void the_store_has_the_certificate_and_then_the_renewed_one()
      throws IOException, GeneralSecurityException {
    X509Certificate first = certificates.issue("own");
    ServerCertificate server = started();
    assertThat(stored().getCertificateChain(PemIdentity.ALIAS))
        .containsExactly(first, certificates.authority());
    assertThat(Files.getPosixFilePermissions(store)).hasSize(2); // its owner reads and writes

    X509Certificate renewed = certificates.issue("own");
    server.lookAgain();
    assertThat(stored().getCertificate(PemIdentity.ALIAS)).isEqualTo(renewed).isNotEqualTo(first);
    assertThat(stored().isKeyEntry(PemIdentity.ALIAS)).isTrue();
  }

  @Test
  void half_of_a_renewal_changes_nothing() throws IOException, GeneralSecurityException {
    X509Certificate first = certificates.issue("own");
    ServerCertificate server = started();
    String key = Files.readString(certificates.file("own.key"));
    X509Certificate renewed = certificates.issue("own");
    String newKey = Files.readString(certificates.file("own.key"));
    Files.writeString(certificates.file("own.key"), key);

    server.lookAgain();
    assertThat(stored().getCertificate(PemIdentity.ALIAS)).isEqualTo(first);

    Files.writeString(certificates.file("own.key"), newKey);
    server.lookAgain();
    assertThat(stored().getCertificate(PemIdentity.ALIAS)).isEqualTo(renewed);
  }

  @Test
  void a_store_that_somebody_else_wrote_is_written_again()
      throws IOException, GeneralSecurityException {
    X509Certificate own = certificates.issue("own");
    Files.createDirectories(store.getParent());
    Files.writeString(store, "of another password");
    ServerCertificate server = started();
    assertThat(stored().getCertificate(PemIdentity.ALIAS)).isEqualTo(own);

    Files.writeString(store, "the server's own");
    Files.setLastModifiedTime(store, FileTime.fromMillis(1_000));
    server.lookAgain();
    assertThat(stored().getCertificate(PemIdentity.ALIAS)).isEqualTo(own);
  }

  @Test
  void a_store_that_has_it_stays_as_it_is() throws IOException {
    certificates.issue("own");
    ServerCertificate server = started();
    byte[] before = Files.readAllBytes(store);
    server.lookAgain();
    started();
    assertThat(Files.readAllBytes(store)).isEqualTo(before);
  }

  @Test
  void files_that_are_no_use_stop_the_start() {
    assertThatThrownBy(this::started)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("TLS_CERTIFICATE_FILE: cannot read " + certificates.file("own.pem"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{xor}Lz4sLA=="})
  void without_the_password_of_the_store_nothing_starts(String password) {
    assertThatThrownBy(() -> server(Optional.of(password).filter(text -> !text.isEmpty())))
        .hasMessageStartingWith("keystore_password must be set");
  }

  private ServerCertificate started() {
    ServerCertificate server = server(Optional.of(PASSWORD));
    server.start(new Startup(), Stub.of(ManagedScheduledExecutorService.class));
    return server;
  }

  private ServerCertificate server(Optional<String> password) {
    return new ServerCertificate(
        Optional.of(certificates.file("own.pem").toString()),
        Optional.of(certificates.file("own.key").toString()),
        password,
        store,
        new InternalFaults(where -> {}, SteadyClock.INSTANCE));
  }

  private KeyStore stored() throws IOException, GeneralSecurityException {
    KeyStore found = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      found.load(in, PASSWORD.toCharArray());
    }
    return found;
  }
}
