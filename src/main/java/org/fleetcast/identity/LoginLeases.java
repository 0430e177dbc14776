package org.fleetcast.identity;

import jakarta.servlet.http.HttpServletRequest;

/** Where a stream gets the time that it may last. */
@FunctionalInterface
public interface LoginLeases {
  /**
   * The lease of a request's caller, to be closed when its stream is over. It ends with the token;
   * where that came in a cookie, beside one that renews it, it is renewed until the issuer refuses.
   */
  LoginLease of(HttpServletRequest request);
}
