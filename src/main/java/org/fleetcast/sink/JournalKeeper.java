package org.fleetcast.sink;

import static org.fleetcast.metrics.Described.metric;

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
import org.fleetcast.cluster.BatchLog;
import org.fleetcast.cluster.Cluster;
import org.fleetcast.problem.Setting;
import org.jspecify.annotations.Nullable;

/**
 * Owns the journal, from the start of the application to its end. Without Elasticsearch nothing is
 * archived, and the journal remembers only what repeats.
 */
@Singleton
public class JournalKeeper {
  private final Journal journal;
  private final Optional<SharedJournal> shared;
  private final boolean archived;

  @Inject
  public JournalKeeper(
      LogMetrics metrics,
      Cluster cluster,
      BatchLog batches,
      @ConfigProperty(name = "mqtt.url") Optional<String> broker,
      @ConfigProperty(name = "elasticsearch.url") Optional<String> elasticsearch,
      @ConfigProperty(name = "journal.dir") Optional<String> folder,
      @ConfigProperty(name = "journal.max.bytes") String maxBytes) {
    this.archived = elasticsearch.isPresent();
    long limit = Setting.positive("JOURNAL_MAX_BYTES", maxBytes, Long.MAX_VALUE);
    JournalFolder place =
        new JournalFolder(
            folder.map(Path::of).orElseGet(() -> Setting.outputFolder().resolve("journal")));
    Instant now = Clock.systemUTC().instant();
    this.shared = cluster.isOn() ? Optional.of(place.copy(batches)) : Optional.empty();
    this.journal =
        shared
            .map(storage -> new Journal(storage, limit, now, null))
            .orElseGet(() -> place.open(limit, now));
    show(metrics, broker.isPresent(), limit);
  }

  private void show(LogMetrics metrics, boolean enabled, long limit) {
    metrics.gauge(
        metric("iot_logsink_enabled", "1 when MQTT_URL is set, else 0"), () -> enabled ? 1 : 0);
    metrics.gauge(
        metric("iot_logsink_queue_depth", "Lines that the archive has not read yet"),
        journal::unread);
    metrics.gauge(
        metric("fleetcast_journal_bytes", "Bytes of lines in the journal"), journal::bytes);
    metrics.gauge(
        metric("fleetcast_journal_limit_bytes", "JOURNAL_MAX_BYTES: the broker waits beyond"),
        () -> limit);
    metrics.gauge(
        metric("fleetcast_journal_writable", "0 while the journal cannot be written, else 1"),
        () -> journal.isWritable() ? 1 : 0);
    metrics.gauge(
        metric(
            "fleetcast_journal_age_seconds",
            "Age of the oldest line in the journal, by the line's own time"),
        () -> age().toSeconds());
  }

  public Journal journal() {
    return journal;
  }

  /** The journal as replicas share it; empty where there is one of our own. */
  Optional<SharedJournal> shared() {
    return shared;
  }

  /**
   * From this time on every line taken is in the journal; the end of time where it holds none,
   * since nobody would archive them.
   */
  public long completeSince() {
    return archived || shared.isPresent() ? journal.completeSince() : Long.MAX_VALUE;
  }

  /** Whether the lines go on to Elasticsearch. */
  boolean isArchived() {
    return archived;
  }

  /** Makes a delivery safe, with the marks of its messages. Waits while the journal is full. */
  void keep(Delivery delivery) throws InterruptedException {
    boolean held = archived || shared.isPresent(); // other replicas read them there
    journal.append(
        delivery.messages(),
        held ? delivery.lines() : List.of(),
        delivery.marks(),
        delivery::remember);
  }

  /**
   * For how long the oldest line waits in the journal, by its own time: a clock that is set forward
   * adds its step until that line is stored; zero for a line from before the clock was set back,
   * and where another replica stores them, or nobody does.
   */
  public Duration age() {
    return shared.isPresent() && (!archived || !shared.get().isArchivedHere())
        ? Duration.ZERO
        : age(journal.oldest(), Clock.systemUTC().instant());
  }

  static Duration age(@Nullable Instant oldest, Instant now) {
    return oldest == null || now.isBefore(oldest) ? Duration.ZERO : Duration.between(oldest, now);
  }

  @PreDestroy
  void stop() {
    journal.close();
  }
}
