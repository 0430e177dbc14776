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
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audited;

/** The rotation of one device over HTTP. */
@Path("/devices/{id}/rotate")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("editor")
@Singleton
public class DeviceRotationResource {
  private final Rotation rotation;

  @Inject
  public DeviceRotationResource(Rotation rotation) {
    this.rotation = rotation;
  }

  /** Whether the device was queued: {@code queued} or {@code already_pending}. */
  public record Queued(String status) {}

  @POST
  @Audited(Action.DEVICE_ROTATE)
  public Queued rotate(@PathParam("id") int id) {
    return new Queued(rotation.rotate(id, Instant.now()) ? "queued" : "already_pending");
  }
}
