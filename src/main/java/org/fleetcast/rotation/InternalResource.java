package org.fleetcast.rotation;

import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audit;
import org.fleetcast.identity.TokenMechanism;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.rotation.RotationChanged.Source;

/** What the scheduled job calls. It has a token of its own, so the caller is checked here. */
@Path("/")
@Produces(MediaType.APPLICATION_JSON)
@PermitAll
@Singleton
public class InternalResource {
  private static final String JOB = "rotation-job";

  private final InternalCaller allowed;
  private final Rotation rotation;
  private final FleetStates states;
  private final Nudges nudges;
  private final Audit audit;

  @Inject
  public InternalResource(
      InternalCaller allowed, Rotation rotation, FleetStates states, Nudges nudges, Audit audit) {
    this.states = states;
    this.audit = audit;
    this.allowed = allowed;
    this.rotation = rotation;
    this.nudges = nudges;
  }

  /** That it was done. */
  public record Done(String status) {}

  @POST
  @Path("rotation-nudge")
  public Done nudge(@Context HttpServletRequest request) {
    check(request);
    nudges.nudge(Source.CRONJOB);
    return new Done("ok");
  }

  @POST
  @Path("rotation-job")
  public Cycle job(@Context HttpServletRequest request) {
    check(request);
    try {
      Cycle cycle = rotation.cycle(Instant.now());
      if (didSomething(cycle)) { // it is called every few minutes
        audit.done(Action.ROTATION_JOB, JOB, told(cycle), request);
      }
      return cycle;
    } catch (RuntimeException failure) {
      audit.failed(Action.ROTATION_JOB, JOB, why(failure), request);
      throw failure;
    } finally {
      states.count();
    }
  }

  private static String why(RuntimeException failure) {
    return failure instanceof Problem problem ? problem.sentence() : "it failed, as the log says";
  }

  private static boolean didSomething(Cycle cycle) {
    return cycle.processedTimeouts() > 0
        || cycle.deviceRotated() != null
        || cycle.scheduledRotationTriggered();
  }

  private static String told(Cycle cycle) {
    return "timeouts=%d rotated=%s scheduled=%b"
        .formatted(
            cycle.processedTimeouts(), cycle.deviceRotated(), cycle.scheduledRotationTriggered());
  }

  private void check(HttpServletRequest request) {
    List<String> headers = Collections.list(request.getHeaderNames());
    String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
    if (!allowed.allows(authorization, request.getRemoteAddr(), headers)) {
      audit.refused(Action.ROTATION_JOB, null, "not the internal token, or a browser", request);
      throw Problem.of(ProblemCode.AUTHORIZATION_FAILED, TokenMechanism.INTERNAL_ONLY);
    }
  }
}
