package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Startup;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.time.ManualClock;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

class RetentionTest {
  @Test
  void only_daily_indices_of_earlier_days_are_past() {
    List<String> names =
        List.of(
            "logstash-http-2026.02.14",
            "logstash-http-2026.02.15",
            "logstash-http-2026.02.16",
            "logstash-http-2025.12.31",
            "logstash-http-0-my-notes",
            "logstash-http-2025-12-31",
            "logstash-http-2025.12.31-copy");
    assertThat(Retention.past(names, "logstash-http-", Instant.parse("2026-02-15T23:59:59Z")))
        .containsExactly("logstash-http-2026.02.14", "logstash-http-2025.12.31");
  }

  @Test
  void an_error_in_one_run_is_counted_and_the_next_one_comes() {
    List<String> counted = new ArrayList<>();
    List<Runnable> schedule = new ArrayList<>();
    SearchIndex index =
        new SearchIndex(
            Optional.of("http://127.0.0.1:1"),
            ElasticsearchAccess.open(),
            "x",
            new IndexNames("logstash-http-"));
    new Retention(
            index,
            Stub.of(
                ManagedScheduledExecutorService.class,
                Map.of("scheduleWithFixedDelay", a -> schedule.add((Runnable) a[0]) ? null : null)),
            new InternalFaults(counted::add, SteadyClock.INSTANCE),
            Optional.empty(),
            "30",
            new FailingClock())
        .start(new Startup());
    schedule.forEach(Runnable::run);
    schedule.forEach(Runnable::run);
    index.close();
    assertThat(counted).containsExactly("retention", "retention");
  }

  private static final class FailingClock extends ManualClock {
    @Override
    public Instant instant() {
      throw new StackOverflowError("injected");
    }
  }
}
