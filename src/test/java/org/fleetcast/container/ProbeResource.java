package org.fleetcast.container;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Set;
import org.eclipse.microprofile.jwt.JsonWebToken;

/** Tells what a resource sees of its caller. */
@Singleton
@Path("/caller")
@Produces(MediaType.APPLICATION_JSON)
public class ProbeResource {
  private final JsonWebToken caller;

  @Inject
  public ProbeResource(JsonWebToken caller) {
    this.caller = caller;
  }

  /** What is in the caller's token. */
  public record Seen(String subject, Set<String> groups, String issuer) {}

  @GET
  @RolesAllowed("editor")
  public Seen get() {
    return new Seen(caller.getSubject(), caller.getGroups(), caller.getIssuer());
  }
}
