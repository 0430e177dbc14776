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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The rotation of the fleet over HTTP. */
@Path("/rotation")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("user")
@Singleton
@Tag(name = "Rotation")
public class RotationResource {
  private final Rotation rotation;
  private final Standings standings;

  @Inject
  public RotationResource(Rotation rotation, Standings standings) {
    this.rotation = rotation;
    this.standings = standings;
  }

  /** How many devices were queued, under the two names that existing pages read. */
  public record Triggered(int queuedCount, int devicesQueued) {}

  @GET
  @Path("/status")
  @Operation(summary = "Where the rotation stands")
  public RotationStatus status() {
    return standings.status(Instant.now());
  }

  @GET
  @Path("/dashboard")
  @Operation(
      summary = "The fleet by how its credentials do",
      description =
          "A device is in the first group that it fits: inactive; critical (timed out, and its last"
              + " rotation is as many days ago as ROTATION_CRITICAL_THRESHOLD_DAYS or more);"
              + " warning (any other that timed out); healthy.")
  public Dashboard dashboard() {
    return standings.dashboard(Instant.now());
  }

  @POST
  @Path("/trigger")
  @RolesAllowed("editor")
  @Operation(
      summary = "Queues every active device whose credential is OK",
      description = "One device rotates at a time; the next is started when it is done.")
  public Triggered trigger() {
    int queued = rotation.trigger(Instant.now());
    return new Triggered(queued, queued);
  }
}
