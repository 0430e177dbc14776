package org.fleetcast.sink;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;
import org.jspecify.annotations.Nullable;

/**
 * Owns the journal, from the start of the application to its end. Without Elasticsearch nothing is
 * archived, and the journal remembers only what repeats.
 */
@Singleton
public class JournalKeeper {
  private final Journal journal;
  private final boolean archived;

  @Inject
  public JournalKeeper(
      LogMetrics metrics,
      @ConfigProperty(name = "mqtt.url") Optional<String> broker,
      @ConfigProperty(name = "elasticsearch.url") Optional<String> elasticsearch,
      @ConfigProperty(name = "journal.dir") Optional<String> folder,
      @ConfigProperty(name = "journal.max.bytes") String maxBytes) {
    this.archived = elasticsearch.isPresent();
    this.journal =
        Journal.open(
            folder.map(Path::of).orElseGet(() -> Setting.outputFolder().resolve("journal")),
            Setting.positive("JOURNAL_MAX_BYTES", maxBytes, Long.MAX_VALUE),
            Clock.systemUTC().instant());
    metrics.gauge("iot_logsink_enabled", () -> broker.isPresent() ? 1 : 0);
    metrics.gauge("iot_logsink_queue_depth", journal::unread);
    metrics.gauge("fleetcast_journal_bytes", journal::bytes);
    metrics.gauge("fleetcast_journal_age_seconds", () -> age().toSeconds());
  }

  public Journal journal() {
    return journal;
  }

  /** Makes a delivery safe, with the marks of its messages. Waits while the journal is full. */
  void keep(Delivery delivery) throws InterruptedException {
    journal.append(archived ? delivery.lines() : List.of(), delivery.marks(), delivery::remember);
  }

  /**
   * For how long the oldest line waits in the journal, by its own time: a clock that is set forward
   * adds its step until that line is stored; zero for a line from before the clock was set back.
   */
  public Duration age() {
    return age(journal.oldest(), Clock.systemUTC().instant());
  }

  static Duration age(@Nullable Instant oldest, Instant now) {
    return oldest == null || now.isBefore(oldest) ? Duration.ZERO : Duration.between(oldest, now);
  }

  @PreDestroy
  void stop() {
    journal.close();
  }
}
