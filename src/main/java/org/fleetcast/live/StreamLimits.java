package org.fleetcast.live;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Locale;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;

/** What a stream may take: how many, how long, and how it looks when it does not say. */
@Singleton
public class StreamLimits {
  private static final Duration LONGEST = Duration.ofDays(365);

  private final Format format;
  private final Duration heartbeat;
  private final Duration resume;
  private final Duration writeDeadline;
  private final int connections;
  private final int connectionsPerSubject;
  private final int subscriptions;

  @Inject
  public StreamLimits(
      @ConfigProperty(name = "sse.format") String format,
      @ConfigProperty(name = "sse.heartbeat.interval") String heartbeat,
      @ConfigProperty(name = "sse.resume.seconds") String resume,
      @ConfigProperty(name = "sse.write.deadline.seconds") String writeDeadline,
      @ConfigProperty(name = "sse.max.connections") String connections,
      @ConfigProperty(name = "sse.max.connections.per.subject") String connectionsPerSubject,
      @ConfigProperty(name = "sse.max.subscriptions") String subscriptions) {
    this.format =
        Format.named(format.toLowerCase(Locale.ROOT))
            .orElseThrow(() -> Setting.bad("SSE_FORMAT must be named or envelope, not " + format));
    this.heartbeat = Setting.seconds("SSE_HEARTBEAT_INTERVAL", heartbeat, LONGEST);
    this.resume =
        Duration.ofSeconds(Setting.number("SSE_RESUME_SECONDS", resume, 0, LONGEST.toSeconds()));
    this.writeDeadline = Setting.seconds("SSE_WRITE_DEADLINE_SECONDS", writeDeadline, LONGEST);
    this.connections = most("SSE_MAX_CONNECTIONS", connections);
    this.connectionsPerSubject = most("SSE_MAX_CONNECTIONS_PER_SUBJECT", connectionsPerSubject);
    this.subscriptions = most("SSE_MAX_SUBSCRIPTIONS", subscriptions);
  }

  private static int most(String key, String value) {
    return (int) Setting.positive(key, value, Integer.MAX_VALUE);
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
