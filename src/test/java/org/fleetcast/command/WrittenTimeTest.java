package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class WrittenTimeTest {
  private final WrittenTime times =
      new WrittenTime(Clock.fixed(Instant.parse("2026-02-16T12:00:00Z"), ZoneOffset.UTC));

  @ParameterizedTest
  @CsvSource({
    "90s, 2026-02-16T11:58:30Z",
    "15m, 2026-02-16T11:45:00Z",
    "2h, 2026-02-16T10:00:00Z",
    "3d, 2026-02-13T12:00:00Z",
    "2026-02-16T10:30:00Z, 2026-02-16T10:30:00Z",
    "2026-02-16T10:30:00.123456+01:00, 2026-02-16T09:30:00.123456Z",
    "2026-02-16T10:30:00, 2026-02-16T10:30:00Z",
    "2026-02-16T10:30:00.5 01:00, 2026-02-16T09:30:00.5Z",
    "2026-02-16T10:30:00+0100, 2026-02-16T09:30:00Z",
    "2026-02-16T10:30:00-01, 2026-02-16T11:30:00Z",
  })
  void a_time_is_one_or_how_long_ago(String written, Instant time) {
    assertThat(times.convert(written)).isEqualTo(time);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "15", "m", "15 m", "-1h", "yesterday", "9999999999d"})
  void anything_else_is_refused_with_an_example(String written) {
    assertThatThrownBy(() -> times.convert(written))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("'%s' is no time such as 15m, 2h, 3d or 2026-02-16T10:30:00Z", written);
  }
}
