package org.fleetcast.problem;

import java.time.Duration;
import java.util.Optional;

/** The kinds of failure that a caller can distinguish, each with its HTTP status. */
public enum ProblemCode {
  VALIDATION_FAILED(400),
  INVALID_OPERATION(400),
  AUTHENTICATION_REQUIRED(401),
  AUTHORIZATION_FAILED(403),
  RECORD_NOT_FOUND(404),
  ROUTE_NOT_FOUND(404),
  METHOD_NOT_ALLOWED(405),
  NOT_ACCEPTABLE(406),
  RECORD_EXISTS(409),
  PRECONDITION_FAILED(412),
  PAYLOAD_TOO_LARGE(413),
  UNSUPPORTED_MEDIA_TYPE(415),
  TOO_MANY_CONNECTIONS(429),
  INTERNAL_ERROR(500),
  EXTERNAL_SERVICE_ERROR(502),
  SERVICE_UNAVAILABLE(503);

  /** Where nobody knows when it is over, or whether: no client may come again at once. */
  private static final Duration LATER = Duration.ofMinutes(1);

  private final int status;

  ProblemCode(int status) {
    this.status = status;
  }

  public int status() {
    return status;
  }

  /** After what time to try again, unless somebody knows better; empty where it would not help. */
  Optional<Duration> retryAfter() {
    return this == TOO_MANY_CONNECTIONS || this == SERVICE_UNAVAILABLE
        ? Optional.of(LATER)
        : Optional.empty();
  }
}
