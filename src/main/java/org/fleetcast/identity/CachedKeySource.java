package org.fleetcast.identity;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Keys from a source that caches them and limits how often they are fetched, both by the clock
 * given: by the wall clock, which the library asks, a step back would keep new keys out for as
 * long.
 *
 * <p>Tokens of keys that we do not have wait for those to be fetched. Anybody can send such tokens,
 * so only a limited number waits while the provider is slow.
 */
final class CachedKeySource implements JWKSource<SecurityContext> {
  static final int MOST_WAITING = 64;

  private final Semaphore waiting = new Semaphore(MOST_WAITING);
  private final JWKSetSource<SecurityContext> source;
  private final Clock clock;

  CachedKeySource(JWKSetSource<SecurityContext> source, Clock clock) {
    this.source = source;
    this.clock = clock;
  }

  @Override
  public List<JWK> get(JWKSelector selector, SecurityContext context) throws KeySourceException {
    JWKSet known = keys(JWKSetCacheRefreshEvaluator.noRefresh(), context);
    List<JWK> found = selector.select(known);
    if (!found.isEmpty()) {
      return found;
    }
    if (!waiting.tryAcquire()) {
      throw new KeySourceException("Too many tokens of unknown keys at once");
    }
    try {
      return selector.select(keys(JWKSetCacheRefreshEvaluator.referenceComparison(known), context));
    } finally {
      waiting.release();
    }
  }

  private JWKSet keys(JWKSetCacheRefreshEvaluator evaluator, SecurityContext context)
      throws KeySourceException {
    return source.getJWKSet(evaluator, clock.millis(), context);
  }
}
