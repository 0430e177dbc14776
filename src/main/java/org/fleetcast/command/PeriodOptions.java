package org.fleetcast.command;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** From when until when, for every command that reads what was logged. */
final class PeriodOptions {
  @Option(names = "--since", paramLabel = "TIME", description = "All from that time on.")
  private @Nullable Instant since;

  @Option(names = "--until", paramLabel = "TIME", description = "None after that time.")
  private @Nullable Instant until;

  @Nullable Instant since() {
    return since;
  }

  @Nullable Instant until() {
    return until;
  }
}
