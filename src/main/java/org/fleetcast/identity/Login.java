package org.fleetcast.identity;

import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** What came of looking for a caller: one, or the answer that a protected endpoint gives. */
record Login(@Nullable Caller caller, Problem refusal) {
  private static final Problem NEEDED =
      Problem.of(Code.AUTHENTICATION_REQUIRED, "Authentication is required");

  static Login of(Caller caller) {
    return new Login(caller, NEEDED);
  }

  static Login none() {
    return new Login(null, NEEDED);
  }

  static Login refused(Problem refusal) {
    return new Login(null, refusal);
  }
}
