package org.fleetcast.identity;

import org.jspecify.annotations.Nullable;

/**
 * A token that a browser shows in a cookie.
 *
 * @param session the provider's name of the session, as we sealed it beside the token
 */
record ShownToken(String value, @Nullable String session) {
  private static final char END = '\n'; // no token has one

  /** What was kept in a cookie. */
  static ShownToken of(String kept) {
    int end = kept.indexOf(END);
    return end < 0
        ? new ShownToken(kept, null)
        : new ShownToken(kept.substring(0, end), kept.substring(end + 1));
  }

  /** As it is kept. */
  String text() {
    return session == null ? value : value + END + session;
  }

  @Override
  public String toString() {
    return "ShownToken[session=" + session + "]"; // a token is never printed
  }
}
