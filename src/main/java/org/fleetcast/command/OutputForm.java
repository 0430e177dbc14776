package org.fleetcast.command;

import java.util.Locale;

/** How a command shows what it was asked for. */
enum OutputForm {
  TEXT,
  JSON;

  /** As it is written on a command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
