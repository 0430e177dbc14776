package org.fleetcast.identity;

import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** What came of looking for a caller: one, or the answer that a protected endpoint gives. */
record Login(@Nullable Caller caller, Problem refusal) {
  private static final Problem NEEDED =
      Problem.of(Code.AUTHENTICATION_REQUIRED, "Authentication is required");

  private static final Problem IMPOSSIBLE =
      Problem.of(
          Code.AUTHENTICATION_REQUIRED,
          "Nobody can sign in here yet: no OpenID provider is configured (OIDC_ISSUER_URL)");

  static Login of(Caller caller) {
    return new Login(caller, NEEDED);
  }

  static Login none() {
    return new Login(null, NEEDED);
  }

  /** Nobody's tokens are trusted. */
  static Login impossible() {
    return new Login(null, IMPOSSIBLE);
  }

  static Login refused(Problem refusal) {
    return new Login(null, refusal);
  }
}
