package org.fleetcast.identity;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import org.fleetcast.time.SteadyClock;

/**
 * When a request arrived, by the steady clock. It is first asked for before the caller's token is
 * looked at: a logout that comes later ends the login of such a request too.
 */
public final class RequestArrival {
  private static final String ATTRIBUTE = RequestArrival.class.getName();

  private RequestArrival() {}

  /** The same moment for as long as the request lives. */
  public static Instant of(HttpServletRequest request) {
    if (request.getAttribute(ATTRIBUTE) instanceof Instant known) {
      return known;
    }
    Instant now = SteadyClock.now();
    request.setAttribute(ATTRIBUTE, now);
    return now;
  }
}
