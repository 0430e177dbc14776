package org.fleetcast.mqtt;

import static org.fleetcast.metrics.Described.metric;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Setting;
import org.fleetcast.problem.ShutdownHook;
import org.fleetcast.tls.PemFile;
import org.fleetcast.tls.PemIdentity;
import org.fleetcast.tls.TlsClient;
import org.jspecify.annotations.Nullable;

/**
 * The one broker of the process, if the configuration names one.
 *
 * <p>It connects when everything else has started, and disconnects before anything else stops.
 */
@Singleton
class SharedBroker {
  private static final Logger LOG = System.getLogger(SharedBroker.class.getName());
  private static final String WHERE = "handover";
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** No MQTT packet is larger. */
  private static final int MQTT_MAX = (256 << 20) - 1;

  private final SessionTurn turn;
  private final InternalFaults faults;
  private final Optional<MqttSession> broker;

  /** Which of several replicas publishes by too; the same where there are no others. */
  private final Optional<MqttSession> publisher;

  private volatile @Nullable ShutdownHook handover;

  /** Reads the configuration; a bad value stops the start. */
  @Inject
  public SharedBroker(
      @ConfigProperty(name = "mqtt.url") Optional<String> url,
      @ConfigProperty(name = "mqtt.client.id") Optional<String> clientId,
      @ConfigProperty(name = "mqtt.username") Optional<String> username,
      @ConfigProperty(name = "mqtt.password") Optional<String> password,
      @ConfigProperty(name = "mqtt.ca.file") Optional<String> ca,
      @ConfigProperty(name = "mqtt.certificate.file") Optional<String> certificate,
      @ConfigProperty(name = "mqtt.key.file") Optional<String> key,
      @ConfigProperty(name = "log.max.message.bytes") String maxMessageBytes,
      ManagedScheduledExecutorService executor,
      SessionMemory memory,
      SessionTurn turn,
      InternalFaults faults,
      MetricRegistry metrics) {
    this.turn = turn;
    this.faults = faults;
    int largest = (int) Setting.positive("LOG_MAX_MESSAGE_BYTES", maxMessageBytes, MQTT_MAX);
    Runnable lost =
        metrics.counter(
                metric(
                    "iot_mqtt_sessions_lost",
                    "How often the broker did not know the session that we had"))
            ::inc;
    try {
      TlsClient files =
          new TlsClient(
              PemFile.of("mqtt.ca.file", ca),
              PemIdentity.of("mqtt.certificate.file", certificate, "mqtt.key.file", key));
      Optional<BrokerSettings> settings =
          url.map(
              at -> BrokerSettings.of(at, clientId.orElse(""), username, password, files, largest));
      this.broker = settings.map(at -> broker(at, executor, memory, turn, faults, lost));
      this.publisher =
          turn.isShared()
              ? settings
                  .map(BrokerSettings::publishing)
                  .map(
                      at ->
                          broker(
                              at,
                              executor,
                              SessionMemory.none(),
                              SessionTurn.always(),
                              faults,
                              () -> {}))
              : broker;
    } catch (IllegalStateException refused) {
      throw Setting.bad(String.valueOf(refused.getMessage()));
    }
  }

  private static MqttSession broker(
      BrokerSettings settings,
      ManagedScheduledExecutorService executor,
      SessionMemory memory,
      SessionTurn turn,
      InternalFaults faults,
      Runnable lost) {
    // What a channel delivers runs in the application's context, though Paho's threads set it off.
    Executor inContext = executor.getContextService().currentContextExecutor();
    Executor delivery = task -> executor.execute(() -> run(task, inContext, faults));
    return new MqttSession(settings, executor, delivery, memory, turn, faults, lost);
  }

  private static void run(Runnable task, Executor inContext, InternalFaults faults) {
    try {
      inContext.execute(task);
    } catch (Throwable noContext) { // tasks themselves let nothing out
      faults.survived("mqtt delivery", noContext);
      faults.ended("What the broker delivers can no longer run in the application's context");
    }
  }

  /** The broker; empty while the sink is off. */
  Optional<MqttSession> broker() {
    return broker;
  }

  /** The broker for what is published; empty while the sink is off. */
  Optional<MqttSession> publisher() {
    return publisher;
  }

  void start(@Observes @Priority(5_000) Startup event, MetricRegistry metrics) {
    metrics.gauge(
        metric("iot_mqtt_connection_state", "1 while the broker is connected, else 0"),
        () -> isConnected() ? 1 : 0);
    metrics.gauge(
        metric("iot_mqtt_unacknowledged", "Messages taken in and not yet acknowledged"),
        () -> broker.map(MqttSession::unacked).orElse(0));
    broker.ifPresentOrElse(
        MqttSession::start, () -> LOG.log(Level.INFO, "The sink is off, mqtt.url is not set"));
    publisher.filter(other -> !broker.equals(publisher)).ifPresent(MqttSession::start);
    if (turn.isShared()) {
      // The container first ends what is open, for nearly a second, before it says that it stops:
      // until then nobody would take in. A hook of the JVM runs beside it.
      handover = ShutdownHook.added("fleetcast-handover", this::handOver);
    }
  }

  private void handOver() {
    faults.guard(WHERE, () -> broker.ifPresent(SharedBroker::settle));
    faults.guard(WHERE, turn::leave);
  }

  /** Who waits for its turn is connected to publish. */
  private boolean isConnected() {
    boolean waits = broker.filter(MqttSession::isElsewhere).isPresent();
    return (waits ? publisher : broker).filter(at -> at.status().connected()).isPresent();
  }

  /** Before the sink is handed over. */
  void settle(@Observes @Priority(100) Shutdown event) {
    broker.ifPresent(SharedBroker::settle);
  }

  /** After it: another replica waits for that, and takes the session over as it is. */
  void disconnect(@Observes @Priority(300) Shutdown event) {
    ShutdownHook hook = handover;
    if (hook != null) {
      hook.remove();
    }
    broker.ifPresent(MqttSession::disconnect);
    publisher
        .filter(other -> !broker.equals(publisher))
        .ifPresent(
            other -> {
              settle(other);
              other.disconnect();
            });
  }

  private static void settle(MqttSession broker) {
    try {
      broker.settle(PATIENCE);
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
