package org.fleetcast.history;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import java.io.IOException;
import org.fleetcast.devices.DeviceModels;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.Scope;
import org.fleetcast.live.Selector;
import org.fleetcast.live.StreamRequest;
import org.fleetcast.live.Streams;
import org.fleetcast.live.Subscription;
import org.fleetcast.problem.QueryParameter;
import org.jspecify.annotations.Nullable;

/** The log of all devices, or of a model's, for {@code curl -N}: {@code GET /api/logs/stream}. */
@Path("/logs/stream")
@Singleton
public class FleetStreamResource {
  private final DeviceModels models;
  private final Streams streams;

  @Inject
  public FleetStreamResource(DeviceModels models, Streams streams) {
    this.models = models;
    this.streams = streams;
  }

  /** Opens a stream that is subscribed already; with the id of an event it goes on after it. */
  @GET
  @RolesAllowed("user")
  public void open(
      @Suspended AsyncResponse suspended,
      @BeanParam StreamRequest request,
      @BeanParam DeviceStreamResource.Asked asked,
      @QueryParam("model_id") @Nullable String modelId)
      throws IOException {
    streams.check(request);
    String requestId = request.idOrNew();
    int tail = asked.tail();
    LineFilter filter = asked.filter();
    Scope scope = Scope.FLEET;
    Integer model = QueryParameter.optionalInteger("model_id", modelId);
    if (model != null) {
      models.get(model);
      scope = new Scope.Model(model);
    }
    Subscription wanted =
        new Subscription(Selector.of(scope), scope, filter, tail, request.lastId());
    streams.open(request, requestId, wanted);
  }
}
