package org.fleetcast.audit;

import java.util.Locale;

/** What came of it. */
public enum Outcome {
  /** It was done. */
  DONE,
  /** He may not do it, or is not who he says. */
  REFUSED,
  /** It made no sense, or something else failed. */
  FAILED;

  /** What an HTTP status stands for. */
  static Outcome of(int status) {
    return status < 400 ? DONE : status == 401 || status == 403 ? REFUSED : FAILED;
  }

  /** As it is written: in lower case. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
