package org.fleetcast.problem;

/** The failures that the container finds on its own, as sentences for the caller. */
final class ContainerProblems {
  private ContainerProblems() {}

  /** The problem behind a bare HTTP status; an unknown 4xx is a bad request, the rest is ours. */
  static Problem ofStatus(int status) {
    return switch (status) {
      case 401 -> Problem.of(ProblemCode.AUTHENTICATION_REQUIRED, "Authentication is required");
      case 403 -> Problem.of(ProblemCode.AUTHORIZATION_FAILED, "You are not allowed to do this");
      case 404 -> Problem.of(ProblemCode.ROUTE_NOT_FOUND, "There is nothing at this address");
      case 405 ->
          Problem.of(ProblemCode.METHOD_NOT_ALLOWED, "This method is not allowed at this address");
      case 406 ->
          Problem.of(ProblemCode.NOT_ACCEPTABLE, "This address cannot answer in that format");
      case 413 ->
          Problem.of(ProblemCode.PAYLOAD_TOO_LARGE, "The request body is larger than 1 MiB");
      case 415 ->
          Problem.of(
              ProblemCode.UNSUPPORTED_MEDIA_TYPE, "The request body must be application/json");
      case 503 ->
          Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "The service is not available right now");
      default ->
          status >= 400 && status < 500
              ? Problem.invalidRequest("is malformed")
              : Problem.of(ProblemCode.INTERNAL_ERROR, "An internal error occurred");
    };
  }
}
