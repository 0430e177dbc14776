package org.fleetcast.audit;

import jakarta.annotation.Priority;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;
import java.lang.reflect.Method;
import java.security.Principal;
import java.util.Objects;
import org.fleetcast.problem.Correlation;
import org.jspecify.annotations.Nullable;

/**
 * Tells of every call of an {@link Audited} endpoint when its answer is ready: the transaction is
 * committed then, or was rolled back and the answer says so.
 */
@Provider
@Singleton
@Priority(Priorities.AUTHENTICATION) // before it is decided whether he may: a refusal is told too
public class AuditFilter implements ContainerRequestFilter, ContainerResponseFilter {
  private static final String CALL = AuditFilter.class.getName();

  private final Audit audit;

  @Context @Nullable ResourceInfo resource;
  @Context @Nullable HttpServletRequest request;

  /** For RESTEasy, which wants one without parameters although it then asks CDI for the bean. */
  public AuditFilter() {
    this(CDI.current().select(Audit.class).get());
  }

  @Inject
  public AuditFilter(Audit audit) {
    this.audit = audit;
  }

  /** What is known before the answer, which may be made on another thread. */
  private record Call(Action action, String correlationId) {}

  @Override
  public void filter(ContainerRequestContext asked) {
    Method method = resource == null ? null : resource.getResourceMethod();
    Audited audited = method == null ? null : method.getAnnotation(Audited.class);
    if (audited != null) {
      String id = Correlation.of(Objects.requireNonNull(request));
      asked.setProperty(CALL, new Call(audited.value(), id));
    }
  }

  @Override
  public void filter(ContainerRequestContext asked, ContainerResponseContext answer) {
    if (!(asked.getProperty(CALL) instanceof Call call)) {
      return;
    }
    Principal caller = asked.getSecurityContext().getUserPrincipal();
    Outcome outcome = Outcome.of(answer.getStatus());
    audit.tell(
        call.action,
        outcome,
        caller == null ? null : caller.getName(),
        target(asked, answer),
        outcome == Outcome.DONE ? null : "status " + answer.getStatus(),
        call.correlationId);
  }

  /** The address of what was made, else the one that was called, below {@code /api}. */
  private static String target(ContainerRequestContext asked, ContainerResponseContext answer) {
    Object made = answer.getHeaders().getFirst(HttpHeaders.LOCATION);
    String path = made == null ? asked.getUriInfo().getPath() : made.toString();
    return path.replaceFirst("^.*?/api/", "").replaceFirst("^/", "");
  }
}
