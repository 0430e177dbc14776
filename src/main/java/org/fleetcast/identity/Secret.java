package org.fleetcast.identity;

import java.time.Instant;

/**
 * A client's secret, as its issuer gave it.
 *
 * @param asOf what the issuer's clock showed when it answered, to the second or better: the secret
 *     is no younger, and the issuer's clock is no earlier now
 */
public record Secret(String value, Instant asOf) {

  /** Says nothing of the secret, so that it reaches no log. */
  @Override
  public String toString() {
    return "Secret[asOf=" + asOf + "]";
  }
}
