package org.fleetcast.history;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import java.io.IOException;
import org.fleetcast.devices.Devices;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.StreamRequest;
import org.fleetcast.live.Streams;
import org.fleetcast.live.Subscription;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** One device's log for {@code curl -N}: {@code GET /api/devices/{id}/logs/stream}. */
@Path("/devices/{id}/logs/stream")
@Singleton
public class DeviceStreamResource {
  private final Devices devices;
  private final Streams streams;
  private final SubscriptionUpdater movers;

  @Inject
  public DeviceStreamResource(Devices devices, Streams streams, SubscriptionUpdater movers) {
    this.devices = devices;
    this.streams = streams;
    this.movers = movers;
  }

  /** Which of the lines: those of the tail, and the live ones behind it. */
  public static class Asked extends HistoryResource.FilterParameters {
    @QueryParam("tail")
    @Nullable String tail;

    int tail() {
      try {
        int count = tail == null ? 0 : Integer.parseInt(tail);
        if (count >= 0 && count <= Subscription.MAX_TAIL) {
          return count;
        }
      } catch (NumberFormatException malformed) {
        throw Problem.invalid("tail", SubscriptionsResource.TAIL_RANGE);
      }
      throw Problem.invalid("tail", SubscriptionsResource.TAIL_RANGE);
    }
  }

  /**
   * Opens a stream that is subscribed to that device already; with the id of an event it goes on
   * after that one.
   */
  @GET
  @RolesAllowed("user")
  public void open(
      @Suspended AsyncResponse suspended,
      @BeanParam StreamRequest request,
      @PathParam("id") int deviceId,
      @BeanParam Asked asked)
      throws IOException {
    streams.check(request);
    String requestId = request.idOrNew();
    int tail = asked.tail();
    LineFilter filter = asked.filter();
    long changes = movers.changes();
    String entityId = SubscriptionsResource.entityId(devices, deviceId);
    Subscription wanted = Subscription.device(deviceId, entityId, filter, tail, request.lastId());
    try {
      streams.open(request, requestId, wanted);
    } finally {
      movers.subscribed(deviceId, changes);
    }
  }
}
