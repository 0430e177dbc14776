package org.fleetcast.mqtt;

import static org.eclipse.microprofile.reactive.messaging.spi.ConnectorAttribute.Direction.INCOMING;
import static org.eclipse.microprofile.reactive.messaging.spi.ConnectorAttribute.Direction.INCOMING_AND_OUTGOING;
import static org.eclipse.microprofile.reactive.messaging.spi.ConnectorAttribute.Direction.OUTGOING;
import static org.fleetcast.metrics.Described.metric;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;
import org.eclipse.microprofile.reactive.messaging.spi.ConnectorAttribute;
import org.eclipse.microprofile.reactive.messaging.spi.IncomingConnectorFactory;
import org.eclipse.microprofile.reactive.messaging.spi.OutgoingConnectorFactory;
import org.eclipse.microprofile.reactive.streams.operators.PublisherBuilder;
import org.eclipse.microprofile.reactive.streams.operators.ReactiveStreams;
import org.eclipse.microprofile.reactive.streams.operators.SubscriberBuilder;
import org.fleetcast.problem.Setting;
import org.reactivestreams.Subscription;

/**
 * The connector {@code mqtt}: incoming channels carry {@code List<Inbound>}, outgoing ones {@code
 * String} or {@code byte[]}.
 *
 * <p>With no broker configured an incoming channel stays silent, and what is sent is discarded.
 */
@ApplicationScoped
@Connector(MqttConnector.NAME)
@ConnectorAttribute(
    name = "topic",
    type = "string",
    mandatory = true,
    direction = INCOMING_AND_OUTGOING,
    description = "The topic filter to subscribe with, or the topic to publish to")
@ConnectorAttribute(
    name = "batch.messages",
    type = "int",
    defaultValue = "1000",
    direction = INCOMING,
    description = "The most messages in one batch")
@ConnectorAttribute(
    name = "batch.bytes",
    type = "long",
    defaultValue = "4194304",
    direction = INCOMING,
    description = "The most bytes in one batch of more than one message")
@ConnectorAttribute(
    name = "unacked.limit",
    type = "int",
    defaultValue = "10000",
    direction = INCOMING,
    description = "The most unacknowledged messages held; what exceeds stays with the broker")
@ConnectorAttribute(
    name = "unacked.bytes",
    type = "long",
    defaultValue = "67108864",
    direction = INCOMING,
    description =
        "The most unacknowledged bytes held; what exceeds stays with the broker; by default no more"
            + " than an eighth of the heap")
@ConnectorAttribute(
    name = "queue.limit",
    type = "int",
    defaultValue = "1000",
    direction = OUTGOING,
    description = "The most messages that wait for the broker; beyond it the oldest is dropped")
public class MqttConnector implements IncomingConnectorFactory, OutgoingConnectorFactory {
  static final String NAME = "mqtt";

  private static final Logger LOG = System.getLogger(MqttConnector.class.getName());

  /**
   * Of what never sends anything; a stage that never completes is reported when it is cancelled.
   */
  private static final Subscription SILENT =
      new Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
      };

  private final SharedBroker shared;
  private final MetricRegistry metrics;

  /** For the container's proxy only. */
  @SuppressWarnings("NullAway")
  protected MqttConnector() {
    this.shared = null;
    this.metrics = null;
  }

  /** A connector on the broker of the process. */
  @Inject
  public MqttConnector(SharedBroker shared, MetricRegistry metrics) {
    this.shared = shared;
    this.metrics = metrics;
  }

  @Override
  public PublisherBuilder<? extends Message<?>> getPublisherBuilder(Config channel) {
    String topic = topic(channel, INCOMING_PREFIX);
    BatchLimits limits = BatchLimits.from(channel);
    return shared
        .broker()
        .<PublisherBuilder<? extends Message<?>>>map(
            broker -> ReactiveStreams.fromPublisher(broker.incoming(topic, limits)))
        .orElseGet(MqttConnector::silence);
  }

  @Override
  public SubscriberBuilder<? extends Message<?>, Void> getSubscriberBuilder(Config channel) {
    String topic = topic(channel, OUTGOING_PREFIX);
    int limit = channel.getOptionalValue("queue.limit", Integer.class).orElse(1_000);
    return shared
        .publisher()
        .map(
            broker ->
                ReactiveStreams.<Message<?>>fromSubscriber(
                    broker.outgoing(
                        topic,
                        limit,
                        metrics.counter(
                                metric(
                                    "iot_mqtt_outgoing_dropped_total",
                                    "Messages to devices that were dropped because too many waited"
                                        + " for the broker"))
                            ::inc)))
        .orElseGet(() -> ReactiveStreams.<Message<?>>builder().forEach(m -> discard(topic, m)));
  }

  private static PublisherBuilder<Message<List<InboundMessage>>> silence() {
    return ReactiveStreams.fromPublisher(subscriber -> subscriber.onSubscribe(SILENT));
  }

  private static void discard(String topic, Message<?> message) {
    LOG.log(Level.DEBUG, "A message is discarded, the sink is off topic=" + topic);
    message.ack();
  }

  private static String topic(Config channel, String prefix) {
    return channel
        .getOptionalValue("topic", String.class)
        .filter(topic -> !topic.isBlank())
        .orElseThrow(() -> missing(channel, prefix));
  }

  private static IllegalStateException missing(Config channel, String prefix) {
    String name = channel.getValue(CHANNEL_NAME_ATTRIBUTE, String.class);
    return Setting.bad(prefix + name + ".topic must be set");
  }
}
