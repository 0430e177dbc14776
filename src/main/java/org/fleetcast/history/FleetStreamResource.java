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
import java.util.List;
import org.fleetcast.devices.DeviceModels;
import org.fleetcast.live.FieldFilter;
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

  /** Which of the lines. */
  public static class Asked {
    @QueryParam("tail")
    @Nullable String tail;

    @QueryParam("level")
    @Nullable String level;

    @QueryParam("contains")
    @Nullable String contains;

    @QueryParam("field")
    List<String> fields = List.of();

    @QueryParam("without_field")
    List<String> withoutFields = List.of();

    @QueryParam("model_id")
    @Nullable String modelId;
  }

  /** Opens a stream that is subscribed already; with the id of an event it goes on after it. */
  @GET
  @RolesAllowed("user")
  public void open(
      @Suspended AsyncResponse suspended, @BeanParam StreamRequest request, @BeanParam Asked asked)
      throws IOException {
    streams.check(request);
    String requestId = request.idOrNew();
    int tail = DeviceStreamResource.tail(asked.tail);
    FieldFilter fields = HistoryResource.Chosen.fields(asked.fields, asked.withoutFields);
    LineFilter filter = HistoryResource.Chosen.filter(asked.level, asked.contains, fields);
    Scope scope = Scope.FLEET;
    Integer model = QueryParameter.optionalInteger("model_id", asked.modelId);
    if (model != null) {
      models.get(model);
      scope = new Scope.Model(model);
    }
    Subscription wanted =
        new Subscription(Selector.of(scope), scope, filter, tail, request.lastId());
    streams.open(request, requestId, wanted);
  }
}
