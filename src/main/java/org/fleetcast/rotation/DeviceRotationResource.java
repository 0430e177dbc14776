package org.fleetcast.rotation;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The rotation of one device over HTTP. */
@Path("/devices/{id}/rotate")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("editor")
@Singleton
@Tag(name = "Rotation")
public class DeviceRotationResource {
  private final Rotation rotation;

  @Inject
  public DeviceRotationResource(Rotation rotation) {
    this.rotation = rotation;
  }

  /** Whether the device was queued: {@code queued} or {@code already_pending}. */
  public record Queued(String status) {}

  @POST
  @Operation(
      summary = "Queues a device, active or not",
      description =
          "status is queued, or already_pending when it waits for its turn already or it is its"
              + " turn.")
  public Queued rotate(@PathParam("id") int id) {
    return new Queued(rotation.rotate(id, Instant.now()) ? "queued" : "already_pending");
  }
}
