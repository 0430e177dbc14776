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

/**
 * Keys from a source that caches them and limits how often they are fetched, both by the clock
 * given: by the wall clock, which the library asks, a step back would keep new keys out for as
 * long.
 */
record SteadyKeys(JWKSetSource<SecurityContext> source, Clock clock)
    implements JWKSource<SecurityContext> {
  @Override
  public List<JWK> get(JWKSelector selector, SecurityContext context) throws KeySourceException {
    JWKSet known = keys(JWKSetCacheRefreshEvaluator.noRefresh(), context);
    List<JWK> found = selector.select(known);
    if (!found.isEmpty()) {
      return found;
    }
    return selector.select(keys(JWKSetCacheRefreshEvaluator.referenceComparison(known), context));
  }

  private JWKSet keys(JWKSetCacheRefreshEvaluator evaluator, SecurityContext context)
      throws KeySourceException {
    return source.getJWKSet(evaluator, clock.millis(), context);
  }
}
