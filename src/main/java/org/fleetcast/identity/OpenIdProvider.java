package org.fleetcast.identity;

import com.nimbusds.jose.jwk.source.JWKSetBasedJWKSource;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.ResourceRetriever;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLSocketFactory;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.ProblemLog;
import org.jspecify.annotations.Nullable;

/**
 * An OpenID provider, known by discovery. It is asked at the first token, not at start, so that a
 * provider that is down stops nobody from starting; its keys are kept, and fetched again when a
 * token names one that we do not have.
 */
final class OpenIdProvider {
  static final int CONNECT_MILLIS = 2000;
  static final int READ_MILLIS = 3000;

  private static final Duration KEYS_LIFE = Duration.ofMinutes(10);
  private static final Duration KEYS_WAIT = Duration.ofSeconds(10);
  private static final Duration KEYS_INTERVAL = Duration.ofSeconds(10);
  private static final Duration OUTAGE = Duration.ofHours(12);
  private static final Duration RETRY = Duration.ofSeconds(5);

  /** So many wait a moment for the first answer of the provider; the others are told to return. */
  static final int MOST_WAITING = 16;

  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);

  private final SSLSocketFactory sockets;
  private final ResourceRetriever retriever;
  private final URI issuer;
  private final Clock steady;
  private final ReentrantLock discovery = new ReentrantLock();
  private final Semaphore waiting = new Semaphore(MOST_WAITING);
  private volatile @Nullable Known known;
  private volatile Instant notBefore = Instant.MIN;

  /**
   * The provider of that address.
   *
   * @param trust whose certificate it may show
   * @param steady what waits and caches are measured by
   */
  OpenIdProvider(URI issuer, ProviderTrust trust, Clock steady) {
    this.issuer = issuer;
    this.sockets = trust.tls().getSocketFactory();
    this.retriever =
        new DefaultResourceRetriever(CONNECT_MILLIS, READ_MILLIS, 1 << 20, false, sockets);
    this.steady = steady;
  }

  /** What its https addresses are connected to with. */
  SSLSocketFactory sockets() {
    return sockets;
  }

  /** A provider that answered once: what it says of itself, and its keys. */
  record Known(ProviderMetadata metadata, JWKSource<SecurityContext> keys) {}

  /**
   * The provider, asked for if it never answered.
   *
   * @throws Problem 503 when it does not answer right now, or not as itself
   */
  Known known() {
    Known answered = known;
    return answered == null ? discovered() : answered;
  }

  /** By what waits and caches are measured. */
  Clock steady() {
    return steady;
  }

  private Known discovered() {
    if (!waiting.tryAcquire()) {
      throw unavailable(new IOException("Too many already wait for its first answer"));
    }
    try {
      if (!discovery.tryLock(FIRST_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw unavailable(new IOException("Its first answer takes long"));
      }
      try {
        return discoveredByOne();
      } finally {
        discovery.unlock();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw unavailable(stopped);
    } finally {
      waiting.release();
    }
  }

  private Known discoveredByOne() {
    Known answered = known;
    if (answered == null) {
      // A provider that just failed is left alone for a moment, or every request would wait for it.
      if (steady.instant().isBefore(notBefore)) {
        throw unavailable(null);
      }
      answered = discover();
      known = answered;
    }
    return answered;
  }

  private Known discover() {
    try {
      ProviderMetadata metadata = metadata();
      return new Known(metadata, keys(metadata.keys().toURL()));
    } catch (IOException | ParseException | IllegalArgumentException failure) {
      notBefore = steady.instant().plus(RETRY);
      throw unavailable(failure);
    }
  }

  private ProviderMetadata metadata() throws IOException, ParseException {
    String base = PublicUrl.withoutSlash(issuer.toString());
    URL address = URI.create(base + "/.well-known/openid-configuration").toURL();
    return ProviderMetadata.parse(retriever.retrieveResource(address).getContent(), issuer);
  }

  /** Why it does not answer as itself right now; empty when it does. It is asked anew each time. */
  Optional<String> trouble() {
    try {
      metadata();
      return Optional.empty();
    } catch (IOException | ParseException | IllegalArgumentException failure) {
      return Optional.of(ProblemLog.root(failure));
    }
  }

  private JWKSource<SecurityContext> keys(URL url) {
    JWKSource<SecurityContext> keys =
        JWKSourceBuilder.<SecurityContext>create(url, retriever)
            .cache(KEYS_LIFE.toMillis(), KEYS_WAIT.toMillis())
            .refreshAheadCache(false) // it would start threads of its own
            .rateLimited(KEYS_INTERVAL.toMillis())
            .retrying(true)
            .outageTolerant(OUTAGE.toMillis())
            .build();
    // What the builder builds asks the wall clock; below it is all that was chosen here.
    return new CachedKeySource(
        ((JWKSetBasedJWKSource<SecurityContext>) keys).getJWKSetSource(), steady);
  }

  static Problem unavailable(@Nullable Throwable cause) {
    return Problem.of(
            ProblemCode.SERVICE_UNAVAILABLE, "The login provider does not answer right now", cause)
        .retryAfter(RETRY);
  }
}
