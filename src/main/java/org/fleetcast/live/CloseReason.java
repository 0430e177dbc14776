package org.fleetcast.live;

import java.util.Locale;

/**
 * Why the server closes a stream, as {@code connection_close} says it. A reader that takes nothing
 * is cut by the write timeout and can be sent nothing.
 */
enum CloseReason {
  LOGOUT,
  TOKEN_EXPIRED,
  REPLACED,
  SHUTDOWN;

  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
