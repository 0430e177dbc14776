package org.fleetcast.problem;

/** The failures that the container finds on its own, as sentences for the caller. */
final class Problems {
  private Problems() {}

  /** The problem behind a bare HTTP status; an unknown 4xx is a bad request, the rest is ours. */
  static Problem ofStatus(int status) {
    return switch (status) {
      case 401 -> Problem.of(Code.AUTHENTICATION_REQUIRED, "Authentication is required");
      case 403 -> Problem.of(Code.AUTHORIZATION_FAILED, "You are not allowed to do this");
      case 404 -> Problem.of(Code.ROUTE_NOT_FOUND, "There is nothing at this address");
      case 405 -> Problem.of(Code.METHOD_NOT_ALLOWED, "This method is not allowed at this address");
      case 406 -> Problem.of(Code.NOT_ACCEPTABLE, "This address cannot answer in that format");
      case 413 -> Problem.of(Code.PAYLOAD_TOO_LARGE, "The request body is larger than 1 MiB");
      case 415 ->
          Problem.of(Code.UNSUPPORTED_MEDIA_TYPE, "The request body must be application/json");
      case 503 -> Problem.of(Code.SERVICE_UNAVAILABLE, "The service is not available right now");
      default ->
          status >= 400 && status < 500
              ? Problem.of(Code.VALIDATION_FAILED, "The request is malformed")
              : Problem.of(Code.INTERNAL_ERROR, "An internal error occurred");
    };
  }
}
