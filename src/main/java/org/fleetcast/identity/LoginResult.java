package org.fleetcast.identity;

import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/** What came of looking for a caller: one, or the answer that a protected endpoint gives. */
record LoginResult(@Nullable Caller caller, Problem refusal, @Nullable ShownToken refresh) {
  private static final Problem NEEDED =
      Problem.of(ProblemCode.AUTHENTICATION_REQUIRED, "Authentication is required");

  private static final Problem IMPOSSIBLE =
      Problem.of(
          ProblemCode.AUTHENTICATION_REQUIRED,
          "Nobody can sign in here yet: no OpenID provider is configured (OIDC_ISSUER_URL)");

  static LoginResult of(Caller caller) {
    return new LoginResult(caller, NEEDED, null);
  }

  /** By cookies, of which one can renew the login. */
  static LoginResult of(Caller caller, ShownToken refresh) {
    return new LoginResult(caller, NEEDED, refresh);
  }

  static LoginResult none() {
    return new LoginResult(null, NEEDED, null);
  }

  /** Nobody's tokens are trusted. */
  static LoginResult impossible() {
    return new LoginResult(null, IMPOSSIBLE, null);
  }

  static LoginResult refused(Problem refusal) {
    return new LoginResult(null, refusal, null);
  }
}
