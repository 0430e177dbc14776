package org.fleetcast.history;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.devices.DeviceEntities;
import org.fleetcast.problem.QueryParameter;
import org.jspecify.annotations.Nullable;

/** What all devices have logged, or those of a model, as one log: {@code GET /api/logs}. */
@Path("/logs")
@Singleton
public class FleetHistoryResource {
  private final DeviceEntities devices;
  private final HistoryAnswers answers;
  private final JsonWebToken caller;

  @Inject
  public FleetHistoryResource(DeviceEntities devices, HistoryAnswers answers, JsonWebToken caller) {
    this.devices = devices;
    this.answers = answers;
    this.caller = caller;
  }

  /**
   * Answers as {@link HistoryResource} does for one device; each line names its own. Lines that no
   * device is registered for are not among them.
   */
  @GET
  @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
  @RolesAllowed("user")
  public void logs(
      @Suspended AsyncResponse suspended,
      @Context HttpServletRequest request,
      @QueryParam("model_id") @Nullable String modelId,
      @BeanParam HistoryResource.Asked asked) {
    Integer model = model(modelId);
    String name = model == null ? "fleet" : "model-" + model;
    answers.answer(
        caller.getSubject(),
        asked.question(entities(model), true, name),
        Reply.to(request, suspended::resume));
  }

  /** Answers how many lines of each level there are over a range of time. */
  @GET
  @Path("/histogram")
  @Produces(MediaType.APPLICATION_JSON)
  @RolesAllowed("user")
  public void histogram(
      @Suspended AsyncResponse suspended,
      @Context HttpServletRequest request,
      @QueryParam("model_id") @Nullable String modelId,
      @BeanParam HistoryResource.Counted counted) {
    LineCounts.Question question = counted.question(entities(model(modelId)));
    answers.answer(caller.getSubject(), question, Reply.to(request, suspended::resume));
  }

  private static @Nullable Integer model(@Nullable String modelId) {
    return QueryParameter.optionalInteger("model_id", modelId);
  }

  private Entities entities(@Nullable Integer model) {
    return Entities.of(model == null ? devices.all() : devices.ofModel(model));
  }
}
