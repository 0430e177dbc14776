package org.fleetcast.identity;

import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import org.eclipse.microprofile.jwt.JsonWebToken;

/** Gives the caller of the current request to whoever injects a {@code JsonWebToken}. */
@Singleton
class CallerProducer {
  @Produces
  @RequestScoped
  @Typed(JsonWebToken.class)
  JsonWebToken caller(HttpServletRequest request) {
    return request.getUserPrincipal() instanceof Caller caller ? caller : Caller.NOBODY;
  }
}
