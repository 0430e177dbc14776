package org.fleetcast.archive;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.fleetcast.sink.JournalKeeper;

/** Tells of journal and Elasticsearch. Always up: viewers go on without them. */
@Readiness
@Singleton
class SinkHealth implements HealthCheck {
  private final JournalKeeper keeper;
  private final ArchiveRunner archive;
  private final SearchIndex index;

  @Inject
  SinkHealth(JournalKeeper keeper, ArchiveRunner archive, SearchIndex index) {
    this.keeper = keeper;
    this.archive = archive;
    this.index = index;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder health =
        HealthCheckResponse.named("logs")
            .up()
            .withData("journal", keeper.journal().condition())
            .withData("journal_bytes", keeper.journal().bytes())
            .withData("journal_age_seconds", keeper.age().toSeconds());
    String trouble = archive.archive().trouble();
    if (!index.configured()) {
      return health.withData("elasticsearch", "off").build();
    }
    health.withData("templates", archive.templates().state());
    if (trouble == null) {
      return health.withData("elasticsearch", "ok").build();
    }
    return health
        .withData("elasticsearch", trouble)
        .withData("retry_delay_seconds", archive.archive().delay().toSeconds())
        .build();
  }
}
