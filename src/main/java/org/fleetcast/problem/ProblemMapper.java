package org.fleetcast.problem;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.ForbiddenException;
import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotAuthorizedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Turns whatever flies out of a resource into the one error body. */
@Provider
public class ProblemMapper implements ExceptionMapper<Throwable> {
  @Context @Nullable HttpServletRequest request;

  @Override
  public Response toResponse(Throwable failure) {
    Response own = JaxRsFailure.response(failure);
    if (own != null && own.getStatusInfo().getFamily() == Response.Status.Family.SUCCESSFUL) {
      return own; // to OPTIONS
    }
    Problem problem = problem(failure);
    HttpServletRequest asked = Objects.requireNonNull(request);
    String id = Correlation.of(asked);
    ProblemLog.failed(problem, asked, failure);
    Response.ResponseBuilder response =
        Response.status(problem.code().status())
            .type(MediaType.APPLICATION_JSON_TYPE)
            .entity(ProblemBody.json(problem, id).toString());
    ProblemBody.headers(problem, id).forEach(response::header);
    if (failure instanceof NotAllowedException refused) {
      response.header(HttpHeaders.ALLOW, refused.getResponse().getHeaderString(HttpHeaders.ALLOW));
    }
    return response.build();
  }

  /** The failure as the caller may see it; decided by type alone. */
  static Problem problem(Throwable failure) {
    if (failure instanceof Problem problem) {
      return problem;
    }
    if (failure instanceof CompletionException stage && stage.getCause() != null) {
      return problem(stage.getCause());
    }
    if (failure instanceof NotFoundException) {
      return ContainerProblems.ofStatus(404);
    }
    if (failure instanceof NotAllowedException) {
      return ContainerProblems.ofStatus(405);
    }
    if (failure instanceof NotAcceptableException) {
      return ContainerProblems.ofStatus(406);
    }
    if (failure instanceof NotSupportedException) {
      return ContainerProblems.ofStatus(415);
    }
    if (failure instanceof NotAuthorizedException) {
      return ContainerProblems.ofStatus(401);
    }
    if (failure instanceof ForbiddenException) {
      return ContainerProblems.ofStatus(403);
    }
    if (failure instanceof WebApplicationException other) {
      return ContainerProblems.ofStatus(other.getResponse().getStatus());
    }
    return DatabaseFailure.of(failure)
        .map(kind -> kind.problem(failure))
        .orElseGet(() -> ContainerProblems.ofStatus(JaxRsFailure.status(failure)));
  }

  /**
   * What the server's JAX-RS throws where its own API has no exception: for an {@code Accept} with
   * a quality that is no number, say, or to answer OPTIONS. The type is not of an API for us, so it
   * is known by its name.
   */
  private static final class JaxRsFailure {
    private static final String TYPE = "org.jboss.resteasy.spi.Failure";

    private JaxRsFailure() {}

    /** The answer that it brings along; null when there is none, or it is another failure. */
    static @Nullable Response response(Throwable failure) {
      return asked(failure, "getResponse") instanceof Response response ? response : null;
    }

    /** The status that it stands for; 500 when it names none, or is another failure. */
    static int status(Throwable failure) {
      Response response = response(failure);
      if (response != null) {
        return response.getStatus();
      }
      return asked(failure, "getErrorCode") instanceof Integer status && status >= 400
          ? status
          : 500;
    }

    private static @Nullable Object asked(Throwable failure, String getter) {
      for (Class<?> type = failure.getClass(); type != null; type = type.getSuperclass()) {
        if (type.getName().equals(TYPE)) {
          try {
            return type.getMethod(getter).invoke(failure);
          } catch (ReflectiveOperationException another) {
            return null; // another version's
          }
        }
      }
      return null;
    }
  }
}
