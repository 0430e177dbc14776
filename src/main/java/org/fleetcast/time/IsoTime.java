package org.fleetcast.time;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.regex.Pattern;

/** Times as people and programs write them. */
public final class IsoTime {
  private static final Pattern PLUS = Pattern.compile("(T[0-9:.,]+) ([0-9:]+)$");
  private static final Pattern OFFSET = Pattern.compile("(T[0-9:.,]+[+-][0-9]{2})([0-9]{2})$");

  private IsoTime() {}

  /**
   * Reads an ISO-8601 time with an offset; one without is UTC. A blank before the offset is the
   * plus sign that it was in an address.
   */
  public static Optional<Instant> parse(String written) {
    String signed = PLUS.matcher(written).replaceFirst("$1+$2");
    String text = OFFSET.matcher(signed).replaceFirst("$1:$2");
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
