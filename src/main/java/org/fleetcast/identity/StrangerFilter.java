package org.fleetcast.identity;

import jakarta.annotation.Priority;
import jakarta.annotation.security.DenyAll;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.Provider;
import java.lang.reflect.AnnotatedElement;
import java.util.Objects;
import org.fleetcast.problem.Correlation;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemBody;
import org.jspecify.annotations.Nullable;

/**
 * Refuses whoever is nobody on an endpoint that is for somebody, for the reason that he is. The
 * server would do the same, but asks the mechanism once more for that, and writes a line to its
 * trace for each.
 */
@Provider
@Priority(Priorities.AUTHENTICATION + 1) // behind the audit, which tells of refusals
public class StrangerFilter implements ContainerRequestFilter {
  @Context @Nullable ResourceInfo resource;
  @Context @Nullable HttpServletRequest request;

  @Override
  public void filter(ContainerRequestContext asked) {
    if (asked.getSecurityContext().getUserPrincipal() != null || !isForSomebody()) {
      return;
    }
    HttpServletRequest shown = Objects.requireNonNull(request);
    Problem refusal = TokenMechanism.loginOf(shown).refusal();
    String id = Correlation.of(shown);
    Response.ResponseBuilder answer =
        Response.status(refusal.code().status())
            .type(MediaType.APPLICATION_JSON_TYPE)
            .entity(ProblemBody.json(refusal, id).toString());
    ProblemBody.headers(refusal, id).forEach(answer::header);
    asked.abortWith(answer.build());
  }

  /** What stands at the method counts, else what stands at its class. */
  private boolean isForSomebody() {
    if (resource == null || resource.getResourceMethod() == null) {
      return false;
    }
    AnnotatedElement method = resource.getResourceMethod();
    return isForSomebody(method)
        || (!method.isAnnotationPresent(PermitAll.class)
            && isForSomebody(resource.getResourceClass()));
  }

  private static boolean isForSomebody(AnnotatedElement element) {
    return element.isAnnotationPresent(RolesAllowed.class)
        || element.isAnnotationPresent(DenyAll.class);
  }
}
