package org.fleetcast.tls;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Setting;
import org.jspecify.annotations.Nullable;

/**
 * The certificate of our https, where PEM files name one. The server takes its certificate from a
 * PKCS#12 store, which it reads again when that changes ({@code keyStore} in server.xml). So the
 * store is written at the start, and again when the PEM files have changed.
 *
 * <p>Files that are no use stop the start. When they become so later, the certificate before stays:
 * they may be in the middle of a renewal, and are looked at again when they change.
 */
@Singleton
class ServerCertificate {
  private static final Logger LOG = System.getLogger(ServerCertificate.class.getName());
  private static final String WHERE = "server certificate";
  private static final String CERTIFICATE = "TLS_CERTIFICATE_FILE";
  private static final String KEY = "TLS_KEY_FILE";
  private static final int LOOK_SECONDS = 2;

  private final Optional<PemIdentity> identity;
  private final Path store;
  private final char[] password;
  private final InternalFaults faults;
  private @Nullable Seen seen;
  private String told = "";

  /** What the last look saw, and the store of then: the server writes one of its own at first. */
  private record Seen(PemIdentity.Content files, @Nullable FileTime store) {}

  @Inject
  ServerCertificate(
      @ConfigProperty(name = "tls.certificate.file") Optional<String> certificate,
      @ConfigProperty(name = "tls.key.file") Optional<String> key,
      @ConfigProperty(name = "keystore_password") Optional<String> password,
      InternalFaults faults) {
    this(
        certificate,
        key,
        password,
        Setting.outputFolder().resolve("resources/security/key.p12"),
        faults);
  }

  ServerCertificate(
      Optional<String> certificate,
      Optional<String> key,
      Optional<String> password,
      Path store,
      InternalFaults faults) {
    try {
      this.identity = PemIdentity.of(CERTIFICATE, certificate, KEY, key);
    } catch (PemFault fault) {
      throw Setting.bad(String.valueOf(fault.getMessage()));
    }
    this.password = password.orElse("").toCharArray();
    this.store = store;
    this.faults = faults;
    if (identity.isPresent() && (password.isEmpty() || password.get().startsWith("{"))) {
      throw Setting.bad(
          "keystore_password must be set, and not in an encoded form, since "
              + CERTIFICATE
              + " is: the server's key store has it");
    }
  }

  /** Before anything that takes its time: until then the server shows what it showed last. */
  void start(@Observes @Priority(50) Startup event, ManagedScheduledExecutorService scheduler) {
    if (identity.isEmpty()) {
      return;
    }
    try {
      look(identity.get());
    } catch (PemFault fault) {
      throw Setting.bad(String.valueOf(fault.getMessage()));
    }
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard(WHERE, this::lookAgain), LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  /** Takes over what has changed; what cannot be used is logged once. */
  void lookAgain() {
    try {
      look(identity.orElseThrow());
    } catch (PemFault fault) {
      String sentence = "The certificate of https stays as it is: " + fault.getMessage();
      if (!sentence.equals(told)) {
        LOG.log(Level.WARNING, sentence);
      }
      told = sentence;
    }
  }

  private void look(PemIdentity files) {
    PemIdentity.Content now = files.content();
    Seen last = seen;
    if (last != null && last.files().isSame(now) && isOf(last.store())) {
      return;
    }
    seen = new Seen(now, modified());
    KeyStore wanted = now.keyStore(password);
    Certificate[] chain = now.chain().toArray(Certificate[]::new);
    if (!Arrays.equals(chain, stored())) {
      write(wanted);
      seen = new Seen(now, modified());
      LOG.log(Level.INFO, "The certificate of https is another one " + text(chain[0]));
    }
    told = "";
  }

  private static String text(Certificate own) {
    return own instanceof X509Certificate x509
        ? "serial="
            + x509.getSerialNumber().toString(16)
            + " until="
            + x509.getNotAfter().toInstant()
        : "type=" + own.getType();
  }

  private boolean isOf(@Nullable FileTime time) {
    return time != null && time.equals(modified());
  }

  private @Nullable FileTime modified() {
    try {
      return Files.getLastModifiedTime(store);
    } catch (IOException none) {
      return null;
    }
  }

  /** The chain in the store; null where it is another's or cannot be read. */
  private Certificate @Nullable [] stored() {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore found = PemIdentity.emptyStore();
      found.load(in, password);
      return found.getCertificateChain(PemIdentity.ALIAS);
    } catch (NoSuchFileException none) {
      return null;
    } catch (IOException | GeneralSecurityException another) {
      LOG.log(Level.DEBUG, "The key store is written anew", another);
      return null;
    }
  }

  /** In one step, so that the server never reads a half; readable by its user alone. */
  private void write(KeyStore wanted) {
    try {
      Path folder = Files.createDirectories(store.toAbsolutePath().getParent());
      Path next = Files.createTempFile(folder, "key", ".p12.new");
      try (OutputStream out = Files.newOutputStream(next)) {
        wanted.store(out, password);
      }
      Files.move(next, store, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | GeneralSecurityException refused) {
      throw new PemFault(CERTIFICATE + ": cannot write " + store, refused);
    }
  }
}
