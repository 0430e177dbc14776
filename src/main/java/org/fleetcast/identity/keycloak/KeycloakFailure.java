package org.fleetcast.identity.keycloak;

import org.jspecify.annotations.Nullable;

/** Keycloak did not do what a request asked for. */
final class KeycloakFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  private KeycloakFailure(String sentence, int status, @Nullable Throwable cause) {
    super(sentence, cause);
    this.status = status;
  }

  static KeycloakFailure answered(int status) {
    return new KeycloakFailure("Keycloak answered " + status, status, null);
  }

  static KeycloakFailure without(String what) {
    return new KeycloakFailure("Keycloak answered without a " + what, 200, null);
  }

  static KeycloakFailure unanswered(@Nullable Throwable cause) {
    return new KeycloakFailure("Keycloak gave no answer that we can read in time", 0, cause);
  }

  /** The status of the answer; 0 when there was none. */
  int status() {
    return status;
  }

  /** Whether Keycloak will not do it when it is asked again either. */
  boolean isRefusal() {
    return status != 0 && status < 500;
  }
}
