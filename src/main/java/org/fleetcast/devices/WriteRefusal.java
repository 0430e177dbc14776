package org.fleetcast.devices;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Why the database refused a write, by its SQL state. */
enum WriteRefusal {
  /** Another row has it. */
  NOT_UNIQUE,
  /** A row it refers to is gone, or another row refers to it. */
  REFERENCE,
  OTHER;

  static WriteRefusal of(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException refused && refused.getSQLState() != null) {
        return switch (refused.getSQLState()) {
          case "23505" -> NOT_UNIQUE;
          case "23503", "23506" -> REFERENCE; // 23506 is H2's for a missing parent
          default -> OTHER;
        };
      }
    }
    return OTHER;
  }
}
