package org.fleetcast.identity;

import org.jspecify.annotations.Nullable;

/** What a browser brings back from the provider; each is null when it is not there. */
record SignInAnswer(
    @Nullable String state,
    @Nullable String code,
    @Nullable String issuer,
    @Nullable String error) {
  @Override
  public String toString() {
    return "SignInAnswer[error=" + error + "]"; // a code is never printed
  }
}
