package org.fleetcast.audit;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.fleetcast.problem.LogText;
import org.jspecify.annotations.Nullable;

/**
 * One thing that somebody did or was refused; never with a secret in it.
 *
 * @param at when, in microseconds, as the database keeps it
 * @param action as {@link Action#text()}
 * @param outcome as {@link Outcome#text()}
 * @param subject who, as his token says; null when nobody knows
 * @param target what it was done to, such as {@code devices/7}; null when to all or none
 * @param detail why it was refused or failed; else null
 * @param correlationId that of the request
 */
public record AuditEntry(
    Instant at,
    String action,
    String outcome,
    @Nullable String subject,
    @Nullable String target,
    @Nullable String detail,
    String correlationId) {
  static final int LONGEST = 255;

  public AuditEntry {
    at = at.truncatedTo(ChronoUnit.MICROS);
    subject = cut(subject);
    target = cut(target);
    detail = cut(detail);
  }

  /** As one line of printable ASCII, whatever is in it. */
  String line() {
    JsonObjectBuilder json = Json.createObjectBuilder();
    json.add("at", at.toString()).add("action", action).add("outcome", outcome);
    add(json, "subject", subject);
    add(json, "target", target);
    add(json, "detail", detail);
    return LogText.ascii(json.add("correlation_id", correlationId).build().toString());
  }

  private static void add(JsonObjectBuilder json, String name, @Nullable String value) {
    if (value != null) {
      json.add(name, value);
    }
  }

  /** PostgreSQL takes no NUL, and no database half a character. */
  private static @Nullable String cut(@Nullable String text) {
    if (text == null) {
      return null;
    }
    String clean = text.replaceAll("[\\x00\\p{Cs}]", "?");
    return clean.codePointCount(0, clean.length()) <= LONGEST
        ? clean
        : clean.substring(0, clean.offsetByCodePoints(0, LONGEST));
  }
}
