package org.fleetcast.live;

import java.util.Locale;
import java.util.Optional;

/** How events look on the wire: with an {@code event:} line, or in a JSON envelope. */
public enum Format {
  NAMED,
  ENVELOPE;

  /** The format of that lower-case name, if there is one. */
  public static Optional<Format> named(String name) {
    for (Format format : values()) {
      if (format.name().toLowerCase(Locale.ROOT).equals(name)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }
}
