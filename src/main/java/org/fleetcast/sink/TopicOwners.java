package org.fleetcast.sink;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.Setting;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Whose lines may come on which topic. Where {@code LOG_TOPIC_PER_DEVICE} is on, the last level of
 * a topic below that of {@code LOG_TOPIC} is the client id of a device, and what comes there may
 * name that device's entity only. The broker has to see to it that nobody else publishes there.
 *
 * <p>It is asked by the intake alone, one message at a time, so its state needs no lock.
 */
@Singleton
class TopicOwners {
  private static final Logger LOG = System.getLogger(TopicOwners.class.getName());

  /** What is known may be that old: a device whose entity was changed may use both for so long. */
  private static final Duration EVERY = Duration.ofMinutes(1);

  /** Before a line is refused the registry is read again, but no more often than that. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  /** A database that does not answer is left alone: each try may take seconds. */
  private static final Duration REST = Duration.ofSeconds(10);

  private static final String LEVEL = "(?:[^+#/]*|\\+)";
  private static final String FILTER = "#|" + LEVEL + "(?:/" + LEVEL + ")*(?:/#)?";

  private final @Nullable String shared;
  private final ClientEntities registry;
  private final Map<String, String> others;
  private final Clock clock;
  private Map<String, String> entities = Map.of();
  private Instant read = Instant.MIN;
  private Instant notBefore = Instant.MIN;

  @Inject
  public TopicOwners(
      ClientEntities registry,
      @ConfigProperty(name = "log.topic") String topic,
      @ConfigProperty(name = "log.topic.per.device") String perDevice,
      @ConfigProperty(name = "canary.interval.seconds") Optional<String> canary,
      @ConfigProperty(name = "canary.topic") String canaryTopic,
      @ConfigProperty(name = "canary.entity.id") String canaryEntity) {
    this(
        Setting.flag("LOG_TOPIC_PER_DEVICE", perDevice) ? above(filter(topic)) : noneAbove(topic),
        registry,
        canary.isPresent() ? Map.of(canaryTopic, canaryEntity) : Map.of(),
        SteadyClock.INSTANCE);
  }

  /**
   * @param shared the topic above those of the devices; null where they have none of their own
   * @param others topics of those that are no devices, and the entity of each
   */
  TopicOwners(
      @Nullable String shared, ClientEntities registry, Map<String, String> others, Clock clock) {
    this.shared = shared;
    this.registry = registry;
    this.others = others;
    this.clock = clock;
  }

  /** {@code LOG_TOPIC}, which the broker would refuse later, and in other words. */
  static String filter(String topic) {
    if (!shared(Setting.name("LOG_TOPIC", topic)).matches(FILTER)) {
      throw Setting.bad(
          "LOG_TOPIC must be a topic filter of MQTT: + and # stand for whole levels, and # only at"
              + " the end");
    }
    return topic;
  }

  private static @Nullable String noneAbove(String topic) {
    filter(topic);
    return null;
  }

  /** The filter of a shared subscription. */
  private static String shared(String filter) {
    return filter.replaceFirst("^\\$share/[^/]+/", "");
  }

  /** The topic above the wildcard that a filter ends with. */
  static String above(String filter) {
    String topic = shared(filter);
    if (!topic.matches("[^+#]+/[+#]")) {
      throw Setting.bad(
          "LOG_TOPIC_PER_DEVICE needs a LOG_TOPIC that ends with /+ or /#, as"
              + " iotsupport/logsink/+");
    }
    return topic.substring(0, topic.length() - 2);
  }

  /** Whose lines may come in a message. */
  interface Claim {
    /** Anybody's. */
    Claim ANY = entityId -> null;

    /** Why a line of that entity may not; null when it may. One that names none always may. */
    @Nullable String refusal(@Nullable String entityId);
  }

  /** Whose lines may come on a topic. */
  Claim of(String topic) {
    if (shared == null || !topic.startsWith(shared + "/")) {
      return Claim.ANY;
    }
    String other = others.get(topic);
    if (other != null) {
      return entityId ->
          entityId == null || entityId.equals(other)
              ? null
              : "came on a topic whose entity is " + other;
    }
    String clientId = topic.substring(shared.length() + 1);
    return entityId -> entityId == null ? null : refusal(clientId, entityId);
  }

  private @Nullable String refusal(String clientId, String entityId) {
    readOlderThan(EVERY);
    if (!entityId.equals(entities.get(clientId))) {
      readOlderThan(AGAIN);
    }
    String own = entities.get(clientId);
    if (entityId.equals(own)) {
      return null;
    }
    String topic = "came on the topic of " + Delivery.printable(clientId);
    if (clock.instant().isBefore(notBefore)) {
      return topic + ", whose entity cannot be looked up right now";
    }
    return own == null
        ? topic + ", which is no device with an entity"
        : topic + ", whose entity is " + own;
  }

  private void readOlderThan(Duration age) {
    Instant now = clock.instant();
    if (now.isBefore(notBefore) || (!read.equals(Instant.MIN) && now.isBefore(read.plus(age)))) {
      return;
    }
    try {
      entities = registry.byClient();
      read = now;
    } catch (Problem away) {
      notBefore = clock.instant().plus(REST);
      LOG.log(Level.DEBUG, "The entities of devices cannot be read right now", away);
    }
  }
}
