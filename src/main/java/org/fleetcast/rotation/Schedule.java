package org.fleetcast.rotation;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;

/**
 * When all devices get a new secret: a cron expression in UTC, or never.
 *
 * <p>Minute, hour, day, month, day of week (0-7, Sunday is 0 and 7; {@code 6#1} is the first
 * Saturday, {@code 6L} or {@code L6} the last one, {@code L} as day the last of the month), or a
 * macro such as {@code @monthly}. With both days given, either is enough; only {@code *} (or {@code
 * *}{@code /1}) is "not given", so {@code *}{@code /2} counts as a day.
 */
@Singleton
class Schedule {
  /** Something that comes due at all does so after it. */
  private static final Instant ANY = Instant.parse("2001-01-01T00:00:00Z");

  private final Optional<Cron> cron;

  /** Takes the value of {@code rotation.cron}. */
  @Inject
  Schedule(@ConfigProperty(name = "rotation.cron") Optional<String> expression) {
    cron = expression.map(Schedule::normal).filter(text -> !text.isEmpty()).map(Schedule::read);
  }

  boolean isSet() {
    return cron.isPresent();
  }

  /** The first due time after now; none without a schedule. */
  Optional<Instant> next(Instant now) {
    return cron.flatMap(some -> next(some, now));
  }

  /** Whether it came due after {@code since}, and not after {@code now}. */
  boolean due(Instant since, Instant now) {
    return next(since).filter(time -> !time.isAfter(now)).isPresent();
  }

  private static Optional<Instant> next(Cron cron, Instant now) {
    return cron.next(LocalDateTime.ofInstant(now, ZoneOffset.UTC))
        .map(time -> time.toInstant(ZoneOffset.UTC));
  }

  private static String normal(String expression) {
    return expression.strip().replaceAll("\\s+", " ");
  }

  private static Cron read(String expression) {
    try {
      Cron cron = Cron.parse(expression);
      if (next(cron, ANY).isEmpty()) {
        throw bad(expression, "it never comes due");
      }
      return cron;
    } catch (IllegalArgumentException refused) {
      throw bad(expression, String.valueOf(refused.getMessage()));
    }
  }

  private static IllegalStateException bad(String expression, String reason) {
    return Setting.bad(
        "ROTATION_CRON must be five cron fields or a macro such as @monthly, not \"%s\": %s"
            .formatted(expression, reason));
  }
}
