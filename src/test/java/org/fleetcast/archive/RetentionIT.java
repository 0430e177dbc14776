package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.time.ManualClock;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

/** LOG_RETENTION_DAYS and DEAD_LETTER_RETENTION_DAYS while days pass, against Elasticsearch. */
class RetentionIT {
  /** Long before the days of other tests. */
  private static final String MONTH = "2001.03.";

  private static final String NOTES = "logstash-http-2001-notes";

  private final Api elasticsearch = Api.at(SharedStack.get().elasticsearch().uri());
  private final ManualClock clock = new ManualClock(Instant.parse("2001-03-03T12:00:00Z"));

  @Test
  void each_day_takes_the_index_that_is_too_old_and_a_clock_that_is_set_back_takes_none() {
    for (String day : days(1, 5)) {
      elasticsearch.send("PUT", "/logstash-http-" + day, "application/json", "{}");
      elasticsearch.send("PUT", "/fleetcast-dead-letter-" + day, "application/json", "{}");
    }
    elasticsearch.send("PUT", "/" + NOTES, "application/json", "{}");
    Retention retention = retention(Optional.of("2"), "3");

    left(retention, 1, 1);
    clock.passes(Duration.ofHours(12));
    left(retention, 2, 1);
    clock.passes(Duration.ofDays(1));
    left(retention, 3, 2);
    clock.passes(Duration.ofDays(-4));
    left(retention, 3, 2);
    clock.passes(Duration.ofDays(30));
    left(retention(Optional.empty(), "3"), 3, 6);
    left(retention, 6, 6);
    assertThat(elasticsearch.get("/" + NOTES).status()).as("it is of no day").isEqualTo(200);
    elasticsearch.delete("/" + NOTES);
  }

  /** What is left after a run: the logs and the dead letters from these days on. */
  private void left(Retention retention, int firstLog, int firstDeadLetter) {
    retention.run();
    assertThat(names("logstash-http-")).isEqualTo(days(firstLog, 5));
    assertThat(names("fleetcast-dead-letter-")).isEqualTo(days(firstDeadLetter, 5));
  }

  private List<String> names(String prefix) {
    String names =
        elasticsearch.get("/_cat/indices/" + prefix + MONTH + "*?h=index&s=index").body();
    return names.lines().map(name -> name.substring(prefix.length())).toList();
  }

  private static List<String> days(int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(day -> MONTH + "0" + day).toList();
  }

  private Retention retention(Optional<String> logDays, String deadLetterDays) {
    SearchIndex index =
        new SearchIndex(
            Optional.of(SharedStack.get().elasticsearch().uri().toString()),
            ElasticsearchAccess.open(),
            "logstash-http-2001.*",
            IndexNames.daily("logstash-http-"));
    return new Retention(
        index,
        Stub.of(ManagedScheduledExecutorService.class),
        new InternalFaults(where -> {}, SteadyClock.INSTANCE),
        logDays,
        deadLetterDays,
        clock);
  }
}
