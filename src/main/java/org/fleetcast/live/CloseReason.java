package org.fleetcast.live;

import java.util.Locale;

/** Why the server closes a stream, as {@code connection_close} tells it. */
enum CloseReason {
  LOGOUT(false),
  TOKEN_EXPIRED(true),
  REPLACED(true),
  TOO_SLOW(true),
  SHUTDOWN(false);

  private final boolean resumable;

  CloseReason(boolean resumable) {
    this.resumable = resumable;
  }

  /** Whether the session is kept for its viewer to come back to. */
  boolean resumable() {
    return resumable;
  }

  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
