package org.fleetcast.canary;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;

/** Whether there is a canary, and what its lines look like. */
@Singleton
class CanarySettings {
  private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);
  private static final Duration LONGEST_PATIENCE = Duration.ofMinutes(10);

  private final Optional<Duration> interval;
  private final Duration patience;
  private final String entityKey;
  private final String entityId;

  @Inject
  CanarySettings(
      @ConfigProperty(name = "canary.interval.seconds") Optional<String> interval,
      @ConfigProperty(name = "canary.patience.seconds") String patience,
      @ConfigProperty(name = "canary.entity.id") String entityId,
      @ConfigProperty(name = "canary.topic") String topic,
      @ConfigProperty(name = "log.entity.key") String entityKey,
      @ConfigProperty(name = "mqtt.url") Optional<String> broker) {
    this.interval =
        interval.map(text -> Setting.seconds("CANARY_INTERVAL_SECONDS", text, LONGEST_INTERVAL));
    this.patience = Setting.seconds("CANARY_PATIENCE_SECONDS", patience, LONGEST_PATIENCE);
    this.entityKey = entityKey;
    this.entityId = entityId;
    if (interval.isPresent() && broker.isEmpty()) {
      throw Setting.bad("CANARY_INTERVAL_SECONDS needs MQTT_URL: its lines go over the broker");
    }
    if (interval.isPresent() && (topic.matches(".*[+#].*") || topic.startsWith("$share/"))) {
      throw Setting.bad(
          "CANARY_TOPIC must be a topic without wildcards on which LOG_TOPIC listens, as"
              + " iotsupport/logsink/fleetcast-canary");
    }
  }

  /** The time between two lines; none when there is no canary. */
  Optional<Duration> interval() {
    return interval;
  }

  /** How long a line may take. */
  Duration patience() {
    return patience;
  }

  /** The field that names the entity of a line. */
  String entityKey() {
    return entityKey;
  }

  String entityId() {
    return entityId;
  }
}
