package org.fleetcast.rotation;

import com.cronutils.model.Cron;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
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
  private static final CronParser PARSER = new CronParser(definition());
  private static final Pattern LAST_WEEKDAY = Pattern.compile("\\bL([0-7]|[A-Z]{3})\\b(?=[^ ]*$)");
  private static final Pattern LAST_OF_WHAT = Pattern.compile(".* ([^ ]*,)?L(,[^ ]*)?");

  /** Something that comes due at all does so within the 28 years after it. */
  private static final Instant ANY = Instant.parse("2001-01-01T00:00:00Z");

  private final Optional<ExecutionTime> times;

  /** Takes the value of {@code rotation.cron}. */
  @Inject
  Schedule(@ConfigProperty(name = "rotation.cron") Optional<String> cron) {
    times = cron.map(Schedule::normal).filter(text -> !text.isEmpty()).map(Schedule::read);
  }

  boolean isSet() {
    return times.isPresent();
  }

  /** The first due time after now; none without a schedule. */
  Optional<Instant> next(Instant now) {
    return times.flatMap(some -> next(some, now));
  }

  /** Whether it came due after {@code since}, and not after {@code now}. */
  boolean due(Instant since, Instant now) {
    return next(since).filter(time -> !time.isAfter(now)).isPresent();
  }

  private static Optional<Instant> next(ExecutionTime times, Instant now) {
    return times.nextExecution(now.atZone(ZoneOffset.UTC)).map(ZonedDateTime::toInstant);
  }

  private static String normal(String expression) {
    String plain = expression.strip().replaceAll("\\s+", " ");
    if (plain.startsWith("@")) {
      return plain.toLowerCase(Locale.ROOT);
    }
    return LAST_WEEKDAY.matcher(plain.toUpperCase(Locale.ROOT)).replaceAll("$1L");
  }

  private static ExecutionTime read(String expression) {
    if (LAST_OF_WHAT.matcher(expression).matches()) {
      throw bad(expression, "L as day of week needs a day, as in 6L");
    }
    ExecutionTime times = ExecutionTime.forCron(parsed(expression));
    if (next(times, ANY).isEmpty()) {
      throw bad(expression, "it never comes due");
    }
    return times;
  }

  private static Cron parsed(String expression) {
    try {
      return PARSER.parse(expression).validate();
    } catch (IllegalArgumentException refused) {
      throw bad(expression, String.valueOf(refused.getMessage()));
    }
  }

  private static IllegalStateException bad(String expression, String reason) {
    return Setting.bad(
        "ROTATION_CRON must be five cron fields or a macro such as @monthly, not \"%s\": %s"
            .formatted(expression, reason));
  }

  /** Unix cron with {@code #} and {@code L}; the library's own has neither, nor strict ranges. */
  private static CronDefinition definition() {
    return CronDefinitionBuilder.defineCron()
        .withMinutes()
        .withValidRange(0, 59)
        .withStrictRange()
        .and()
        .withHours()
        .withValidRange(0, 23)
        .withStrictRange()
        .and()
        .withDayOfMonth()
        .withValidRange(1, 31)
        .supportsL()
        .withStrictRange()
        .and()
        .withMonth()
        .withValidRange(1, 12)
        .withStrictRange()
        .and()
        .withDayOfWeek()
        .withValidRange(0, 7)
        .withMondayDoWValue(1)
        .withIntMapping(7, 0)
        .supportsHash()
        .supportsL()
        .and()
        .withSupportedNicknameYearly()
        .withSupportedNicknameAnnually()
        .withSupportedNicknameMonthly()
        .withSupportedNicknameWeekly()
        .withSupportedNicknameDaily()
        .withSupportedNicknameMidnight()
        .withSupportedNicknameHourly()
        .instance();
  }
}
