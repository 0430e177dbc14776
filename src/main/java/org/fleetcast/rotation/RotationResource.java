package org.fleetcast.rotation;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audited;

/** The rotation of the fleet over HTTP. */
@Path("/rotation")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("user")
@Singleton
public class RotationResource {
  private final Rotation rotation;
  private final RotationQueries standings;

  @Inject
  public RotationResource(Rotation rotation, RotationQueries standings) {
    this.rotation = rotation;
    this.standings = standings;
  }

  /** How many devices were queued, under the two names that existing pages read. */
  public record Triggered(int queuedCount, int devicesQueued) {}

  @GET
  @Path("/status")
  public RotationStatus status() {
    return standings.status(Instant.now());
  }

  @GET
  @Path("/dashboard")
  public Dashboard dashboard() {
    return standings.dashboard(Instant.now());
  }

  /** The turns that are listed, and how long one may last. */
  public record Attempts(long timeoutSeconds, List<RotationAttempt> attempts) {}

  @GET
  @Path("/attempts")
  public Attempts attempts() {
    return new Attempts(rotation.limit().toSeconds(), standings.attempts(rotation.limit()));
  }

  @POST
  @Path("/trigger")
  @RolesAllowed("editor")
  @Audited(Action.ROTATION_TRIGGER)
  public Triggered trigger() {
    int queued = rotation.trigger(Instant.now());
    return new Triggered(queued, queued);
  }
}
