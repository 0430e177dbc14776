package org.fleetcast.time;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/** Times as people and programs write them. */
public final class IsoTime {
  private IsoTime() {}

  /** Reads an ISO-8601 time with an offset; one without is UTC. */
  public static Optional<Instant> parse(String text) {
    try {
      return Optional.of(
          hasOffset(text)
              ? OffsetDateTime.parse(text).toInstant()
              : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC));
    } catch (DateTimeException malformed) {
      return Optional.empty();
    }
  }

  private static boolean hasOffset(String text) {
    int time = text.indexOf('T');
    String clock = time < 0 ? "" : text.substring(time);
    return clock.endsWith("Z") || clock.endsWith("z") || clock.contains("+") || clock.contains("-");
  }
}
