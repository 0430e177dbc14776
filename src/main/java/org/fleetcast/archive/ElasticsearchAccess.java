package org.fleetcast.archive;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;
import org.fleetcast.tls.CaFingerprint;
import org.fleetcast.tls.PemFault;
import org.fleetcast.tls.TlsClient;
import org.jspecify.annotations.Nullable;

/** As whom we log in at Elasticsearch, and whose certificate it may show us. */
@Singleton
public class ElasticsearchAccess {
  private static final String CA_FILE = "ELASTICSEARCH_CA_FILE";
  private static final String CA_FINGERPRINT = "ELASTICSEARCH_CA_FINGERPRINT";

  private final Optional<String> authorization;
  private final Supplier<SSLContext> tls;

  /** Reads the settings; a bad one stops the start. */
  @Inject
  public ElasticsearchAccess(
      @ConfigProperty(name = "elasticsearch.username") Optional<String> username,
      @ConfigProperty(name = "elasticsearch.password") Optional<String> password,
      @ConfigProperty(name = "elasticsearch.api.key") Optional<String> apiKey,
      @ConfigProperty(name = "elasticsearch.ca.file") Optional<String> caFile,
      @ConfigProperty(name = "elasticsearch.ca.fingerprint") Optional<String> caFingerprint) {
    if (apiKey.isPresent() && username.isPresent()) {
      throw Setting.bad(
          "ELASTICSEARCH_API_KEY and ELASTICSEARCH_USERNAME are two logins: set one of them");
    }
    if (password.isPresent() && username.isEmpty()) {
      throw Setting.bad("ELASTICSEARCH_PASSWORD is set, and ELASTICSEARCH_USERNAME is not");
    }
    if (caFile.isPresent() && caFingerprint.isPresent()) {
      throw Setting.bad(CA_FILE + " and " + CA_FINGERPRINT + " say the same: set one of them");
    }
    this.authorization =
        apiKey
            .map(ElasticsearchAccess::keyed)
            .or(() -> username.map(user -> basic(user + ":" + password.orElse(""))));
    try {
      TlsClient byFile = TlsClient.trusting(CA_FILE, caFile);
      byFile.check();
      this.tls =
          caFingerprint.isPresent()
              ? CaFingerprint.of(CA_FINGERPRINT, caFingerprint.get())::context
              : byFile::context;
    } catch (PemFault fault) {
      throw Setting.bad(String.valueOf(fault.getMessage()));
    }
  }

  /** Without a login, and by the JDK's authorities. */
  public static ElasticsearchAccess open() {
    return new ElasticsearchAccess(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * The header {@code Authorization} of every request; empty without a login.
   *
   * @param login the one that stands in the addresses; null for none
   */
  Optional<String> authorization(@Nullable String login) {
    if (login == null) {
      return authorization;
    }
    if (authorization.isPresent()) {
      throw Setting.bad(
          "ELASTICSEARCH_URL has a login, and ELASTICSEARCH_USERNAME or ELASTICSEARCH_API_KEY is"
              + " another: set one of them");
    }
    return Optional.of(basic(login));
  }

  /** What connections to https addresses are made by. */
  SSLContext tls() {
    return tls.get();
  }

  private static String keyed(String key) {
    if (!key.strip().matches("[A-Za-z0-9+/_-]+=*")) {
      throw Setting.bad(
          "ELASTICSEARCH_API_KEY must be the key as Elasticsearch names it in \"encoded\"");
    }
    return "ApiKey " + key.strip();
  }

  private static String basic(String login) {
    return "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
  }
}
