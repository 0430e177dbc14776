package org.fleetcast.live;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Locale;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;

/** What a stream may take: how many, how long, and how it looks when it does not say. */
@Singleton
public class Limits {
  private final Format format;
  private final Duration heartbeat;
  private final Duration resume;
  private final Duration writeDeadline;
  private final int connections;
  private final int connectionsPerSubject;
  private final int subscriptions;

  @Inject
  public Limits(
      @ConfigProperty(name = "sse.format") String format,
      @ConfigProperty(name = "sse.heartbeat.interval") int heartbeatSeconds,
      @ConfigProperty(name = "sse.resume.seconds") int resumeSeconds,
      @ConfigProperty(name = "sse.write.deadline.seconds") int writeDeadlineSeconds,
      @ConfigProperty(name = "sse.max.connections") int connections,
      @ConfigProperty(name = "sse.max.connections.per.subject") int connectionsPerSubject,
      @ConfigProperty(name = "sse.max.subscriptions") int subscriptions) {
    this.format =
        Format.named(format.toLowerCase(Locale.ROOT))
            .orElseThrow(() -> Setting.bad("SSE_FORMAT must be named or envelope, not " + format));
    this.heartbeat = Duration.ofSeconds(positive("SSE_HEARTBEAT_INTERVAL", heartbeatSeconds));
    this.resume = Duration.ofSeconds(atLeast(0, "SSE_RESUME_SECONDS", resumeSeconds));
    this.writeDeadline =
        Duration.ofSeconds(positive("SSE_WRITE_DEADLINE_SECONDS", writeDeadlineSeconds));
    this.connections = positive("SSE_MAX_CONNECTIONS", connections);
    this.connectionsPerSubject = positive("SSE_MAX_CONNECTIONS_PER_SUBJECT", connectionsPerSubject);
    this.subscriptions = positive("SSE_MAX_SUBSCRIPTIONS", subscriptions);
  }

  private static int positive(String key, int value) {
    return atLeast(1, key, value);
  }

  private static int atLeast(int least, String key, int value) {
    if (value < least) {
      throw Setting.bad(key + " must be at least " + least + ", not " + value);
    }
    return value;
  }

  Format format() {
    return format;
  }

  Duration heartbeat() {
    return heartbeat;
  }

  Duration resume() {
    return resume;
  }

  Duration writeDeadline() {
    return writeDeadline;
  }

  int connections() {
    return connections;
  }

  int connectionsPerSubject() {
    return connectionsPerSubject;
  }

  /** How many devices one stream may follow. */
  public int subscriptions() {
    return subscriptions;
  }
}
