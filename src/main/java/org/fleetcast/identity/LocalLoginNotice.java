package org.fleetcast.identity;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Whether the local login, which signs in anybody, is open to others than this machine: by {@code
 * BASEURL}, or because the server listens on more than loopback. Then every page says so.
 */
@Singleton
public class LocalLoginNotice {
  private static final Logger LOG = System.getLogger(LocalLoginNotice.class.getName());
  private static final String SENTENCE =
      "Anybody who reaches this address can sign in here as an editor, without a password:"
          + " FLEETCAST_LOCAL_LOGIN is on.";

  private final Optional<String> sentence;

  /** Takes the values of {@code baseurl}, and of the server's variable {@code http.host}. */
  @Inject
  LocalLoginNotice(
      Issuers issuers,
      @ConfigProperty(name = "baseurl") String baseUrl,
      @ConfigProperty(name = "http.host", defaultValue = "*") String host) {
    this.sentence = of(issuers.local().isPresent(), baseUrl, host);
  }

  void atStart(@Observes @Priority(1000) Startup event) {
    sentence.ifPresent(text -> LOG.log(Level.WARNING, text));
  }

  /** What every page has to say; empty when nobody else can get here, or nobody is let in so. */
  public Optional<String> sentence() {
    return sentence;
  }

  static Optional<String> of(boolean localLogin, String baseUrl, String host) {
    return localLogin && !(Loopback.isUrl(baseUrl) && Loopback.isHost(host))
        ? Optional.of(SENTENCE)
        : Optional.empty();
  }
}
