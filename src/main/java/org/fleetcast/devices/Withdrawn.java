package org.fleetcast.devices;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * When, by the issuer's clock, there were tokens of secrets that never came into use: a period for
 * each turn that ended without its device, the last one last. Between them the device had its old
 * secret, whose tokens are good.
 */
public record Withdrawn(List<Period> periods) {
  /** Nothing was withdrawn since the secret that is in use. */
  public static final Withdrawn NOTHING = new Withdrawn(List.of());

  /** With the waits between turns, more than a day's; of more the earliest two become one. */
  private static final int MOST = 12;

  private static final String BETWEEN = ",";
  private static final String UNTIL = "/";

  public Withdrawn {
    periods = List.copyOf(periods);
  }

  /** From one time, exclusive, to another. */
  public record Period(Instant from, Instant until) {
    boolean has(Instant time) {
      return time.isAfter(from) && !time.isAfter(until);
    }

    private Period micros() {
      return new Period(from.truncatedTo(ChronoUnit.MICROS), until.truncatedTo(ChronoUnit.MICROS));
    }

    private static Period read(String text) {
      String[] ends = text.split(UNTIL, 2);
      return new Period(Instant.parse(ends[0]), Instant.parse(ends[1]));
    }
  }

  /** As it is kept: the last period by its ends, those before as {@link #before} gave them. */
  static Withdrawn of(
      @Nullable String before, @Nullable Instant lastFrom, @Nullable Instant lastUntil) {
    List<Period> periods = new ArrayList<>();
    if (before != null) {
      Arrays.stream(before.split(BETWEEN)).map(Period::read).forEach(periods::add);
    }
    if (lastFrom != null && lastUntil != null) {
      periods.add(new Period(lastFrom, lastUntil));
    }
    return new Withdrawn(periods);
  }

  /** Those before the last one as a text, to be kept; none when there are none. */
  @Nullable String before() {
    return periods.size() < 2
        ? null
        : periods.stream()
            .limit(periods.size() - 1)
            .map(Period::micros)
            .map(period -> period.from() + UNTIL + period.until())
            .collect(Collectors.joining(BETWEEN));
  }

  public Optional<Period> last() {
    return periods.isEmpty()
        ? Optional.empty()
        : Optional.of(periods.get(periods.size() - 1).micros());
  }

  boolean has(Instant time) {
    return periods.stream().anyMatch(period -> period.has(time));
  }

  /**
   * With one more. A last period that has no length yet is of a secret that was made in another
   * service, nobody knows when: it goes on until then.
   */
  Withdrawn and(Instant from, Instant until) {
    List<Period> all = new ArrayList<>(periods);
    Instant begin = from;
    if (!all.isEmpty() && all.get(all.size() - 1).from().equals(all.get(all.size() - 1).until())) {
      begin = all.remove(all.size() - 1).from();
    }
    all.add(new Period(begin, until));
    if (all.size() > MOST) {
      Period first = all.remove(0);
      all.set(0, new Period(first.from(), all.get(0).until()));
    }
    return new Withdrawn(all);
  }
}
