package org.fleetcast.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.fleetcast.stack.Mosquitto;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IncomingTest {
  private Mosquitto mosquitto;

  @BeforeEach
  void startTheBroker() {
    mosquitto = Mosquitto.open();
  }

  @AfterEach
  void stopTheBroker() {
    mosquitto.close();
  }

  @Test
  void a_batch_is_what_arrived_while_the_one_before_was_processed()
      throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url());
        MqttDevice device = new MqttDevice(mosquitto)) {
      device.publish(1, 1, 1);
      Message<List<InboundMessage>> first = replica.next();
      assertThat(Replica.texts(first)).containsExactly("1");

      device.publish(1, 2, 11);
      await().until(() -> replica.broker().unacked() == 11);
      assertThat(replica.hasNext()).isFalse();

      first.ack();
      assertThat(Replica.texts(replica.next())).containsExactlyElementsOf(numbers(2, 11));
    }
  }

  @Test
  void a_batch_is_bounded() throws MqttException, InterruptedException {
    BatchLimits small = new BatchLimits(3, 1_000, 1_000, 1_000);
    try (Replica replica = Replica.start(mosquitto.url(), small);
        MqttDevice device = new MqttDevice(mosquitto)) {
      device.publish(1, 1, 1);
      Message<List<InboundMessage>> first = replica.next();
      device.publish(1, 2, 6);
      await().until(() -> replica.broker().unacked() == 6);

      first.ack();
      Message<List<InboundMessage>> second = replica.next();
      second.ack();
      assertThat(Replica.texts(second)).containsExactly("2", "3", "4");
      assertThat(Replica.texts(replica.next())).containsExactly("5", "6");
    }
  }

  @Test
  void what_was_not_acknowledged_comes_again_after_a_crash_marked_and_under_its_packet_id()
      throws MqttException, InterruptedException {
    try (MqttDevice device = new MqttDevice(mosquitto)) {
      Replica crashing = Replica.start(mosquitto.url());
      device.publish(1, 1, 1);
      crashing.next().ack();
      device.publish(1, 2, 4);
      await().until(() -> crashing.broker().unacked() == 3);
      List<Integer> ids = new ArrayList<>(Replica.ids(crashing.next()));
      crashing.crash();

      try (Replica replica = Replica.start(mosquitto.url())) {
        List<InboundMessage> again = take(replica, 3);
        assertThat(again).allMatch(InboundMessage::duplicate);
        assertThat(again)
            .extracting(InboundMessage::packetId)
            .startsWith(ids.toArray(Integer[]::new));
        assertThat(texts(again)).containsExactly("2", "3", "4");
      }
      try (Replica replica = Replica.start(mosquitto.url())) {
        device.publish(1, 5, 5);
        assertThat(Replica.texts(replica.next())).containsExactly("5");
      }
    }
  }

  @Test
  void a_refused_batch_comes_again() throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url());
        MqttDevice device = new MqttDevice(mosquitto)) {
      device.publish(1, 1, 1);
      Message<List<InboundMessage>> first = replica.next();
      device.publish(1, 2, 3);
      await().until(() -> replica.broker().unacked() == 3);

      first.nack(new IllegalStateException("the disk is full"));
      assertThat(texts(take(replica, 3))).containsExactly("1", "2", "3");
    }
  }

  @Test
  void an_acknowledgement_of_an_earlier_connection_acknowledges_nothing()
      throws MqttException, InterruptedException {
    try (MqttDevice device = new MqttDevice(mosquitto)) {
      Replica replica = Replica.start(mosquitto.url());
      device.publish(1, 1, 1);
      Message<List<InboundMessage>> early = replica.next();
      restart();
      await().until(() -> replica.broker().unacked() == 2);
      early.ack();
      Message<List<InboundMessage>> again = replica.next();
      assertThat(Replica.texts(again)).containsExactly("1");
      replica.crash();

      try (Replica other = Replica.start(mosquitto.url())) {
        assertThat(Replica.texts(other.next())).containsExactly("1");
      }
    }
  }

  @Test
  void a_restart_of_the_broker_keeps_the_subscription_and_the_queue()
      throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url())) {
      restart();
      try (MqttDevice device = new MqttDevice(mosquitto)) {
        device.publish(1, 1, 200);
      }
      replica.awaitConnected();
      try (MqttDevice device = new MqttDevice(mosquitto)) {
        device.publish(1, 201, 210);
      }
      assertThat(texts(take(replica, 210))).containsExactlyElementsOf(numbers(1, 210));
    }
  }

  @Test
  void a_broker_that_lost_the_session_is_subscribed_again()
      throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url())) {
      mosquitto.stop();
      await().until(() -> !replica.broker().status().connected());
      assertThat(mosquitto.file("mosquitto.db").toFile().delete()).isTrue();
      mosquitto.start();
      replica.awaitConnected();
      try (MqttDevice device = new MqttDevice(mosquitto)) {
        device.publish(1, 1, 1);
      }
      assertThat(Replica.texts(replica.next())).containsExactly("1");
    }
  }

  @Test
  void a_broker_that_is_away_at_the_start_is_found_later()
      throws MqttException, InterruptedException {
    mosquitto.stop();
    try (Replica replica = Replica.of(mosquitto.url(), BatchLimits.DEFAULT)) {
      replica.broker().start();
      mosquitto.start();
      replica.awaitConnected();
      try (MqttDevice device = new MqttDevice(mosquitto)) {
        device.publish(1, 1, 1);
      }
      assertThat(Replica.texts(replica.next())).containsExactly("1");
    }
  }

  @Test
  void what_exceeds_the_limit_stays_with_the_broker_and_comes_in_order_later()
      throws MqttException, InterruptedException {
    BatchLimits narrow = new BatchLimits(100, 1_000, 5, 1_000);
    try (Replica replica = Replica.start(mosquitto.url(), narrow);
        MqttDevice device = new MqttDevice(mosquitto)) {
      device.publish(1, 1, 18);
      await().until(() -> replica.broker().unacked() == 5);
      // Mosquitto lets 20 be unacknowledged: 18 were delivered, 13 of them left alone.
      assertThat(firstTimes(takeUntil(replica, "18"))).containsExactlyElementsOf(numbers(1, 18));
      device.publish(1, 19, 19);
      assertThat(firstTimes(takeUntil(replica, "19"))).endsWith("19");
    }
  }

  /** The texts without those that came again, which must be marked so. */
  private static List<String> firstTimes(List<InboundMessage> taken) {
    List<String> first = new ArrayList<>();
    for (InboundMessage inbound : taken) {
      String text = texts(List.of(inbound)).get(0);
      if (first.contains(text)) {
        assertThat(inbound.duplicate()).as("%s came again", text).isTrue();
      } else {
        first.add(text);
      }
    }
    return first;
  }

  /** What comes until that; an acknowledgement may be lost in a reconnect, and it comes again. */
  private static List<InboundMessage> takeUntil(Replica replica, String last)
      throws InterruptedException {
    List<InboundMessage> taken = new ArrayList<>();
    while (!texts(taken).contains(last)) {
      taken.addAll(take(replica, 1));
    }
    return taken;
  }

  @Test
  void any_quality_of_service_is_taken_and_none_comes_as_exactly_once()
      throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url());
        MqttDevice device = new MqttDevice(mosquitto)) {
      device.publish(0, 1, 1);
      Message<List<InboundMessage>> unconfirmed = replica.next();
      assertThat(Replica.ids(unconfirmed)).containsExactly(0);
      unconfirmed.ack();
      device.publish(2, 2, 2);
      Message<List<InboundMessage>> downgraded = replica.next();
      downgraded.ack();
      assertThat(downgraded.getPayload()).allMatch(inbound -> inbound.packetId() > 0);
    }
    try (Replica replica = Replica.start(mosquitto.url());
        MqttDevice device = new MqttDevice(mosquitto)) {
      device.publish(1, 3, 3);
      assertThat(Replica.texts(replica.next())).containsExactly("3");
    }
  }

  @Test
  void stopping_lets_the_batch_under_way_finish() throws MqttException, InterruptedException {
    try (MqttDevice device = new MqttDevice(mosquitto)) {
      Replica replica = Replica.start(mosquitto.url());
      device.publish(1, 1, 1);
      Message<List<InboundMessage>> underWay = replica.next();
      CompletableFuture<Void> stopping =
          CompletableFuture.runAsync(
              () -> {
                try {
                  replica.stop(Duration.ofMinutes(1));
                } catch (InterruptedException impossible) {
                  throw new IllegalStateException(impossible);
                }
              });
      await().until(() -> !replica.broker().status().connected());
      underWay.ack();
      stopping.join();
      replica.crash();

      device.publish(1, 2, 2);
      try (Replica next = Replica.start(mosquitto.url())) {
        assertThat(Replica.texts(next.next())).containsExactly("2");
      }
    }
  }

  @Test
  void what_is_retained_comes_marked_at_every_subscribe_and_in_the_number_of_its_subscription()
      throws MqttException, InterruptedException {
    OneSession memory = new OneSession();
    try (MqttDevice device = new MqttDevice(mosquitto)) {
      device.retain("1");
      try (Replica replica = Replica.start(mosquitto.url(), Replica.TOPIC, memory)) {
        assertThat(take(replica, 1)).allMatch(m -> m.retained() && m.subscription() == 1);
        device.retain("2");
        assertThat(take(replica, 1)).allMatch(m -> !m.retained() && m.subscription() == 1);
      }
      try (Replica replica = Replica.start(mosquitto.url(), Replica.TOPIC, memory)) {
        assertThat(take(replica, 1)).allMatch(m -> m.retained() && m.subscription() == 1);
        assertThat(replica.sessionsLost()).isZero();
      }
      forget();
      try (Replica replica = Replica.start(mosquitto.url(), Replica.TOPIC, memory)) {
        assertThat(take(replica, 1)).allMatch(m -> m.retained() && m.subscription() == 2);
        assertThat(replica.sessionsLost()).isOne();
      }
    }
  }

  /** The broker forgets the session and keeps what it retains. */
  private void forget() throws MqttException {
    MqttClient other =
        new MqttClient("tcp://127.0.0.1:" + mosquitto.port(), "fleetcast", new MemoryPersistence());
    other.connect(); // with a clean session
    other.disconnect();
    other.close();
  }

  @Test
  void what_waits_for_an_earlier_filter_comes_unwanted_and_the_filter_goes()
      throws MqttException, InterruptedException {
    OneSession memory = new OneSession();
    Replica.start(mosquitto.url(), "topic/before", memory).close();
    try (MqttDevice device = new MqttDevice(mosquitto)) {
      device.publish("topic/before", "1");
      try (Replica replica = Replica.start(mosquitto.url(), Replica.TOPIC, memory)) {
        assertThat(take(replica, 1))
            .allMatch(m -> !m.wanted() && m.topic().equals("topic/before"))
            .allMatch(m -> m.subscription() == 2);
        device.publish("topic/before", "2");
        device.publish(1, 3, 3);
        assertThat(take(replica, 1)).allMatch(InboundMessage::wanted);
        assertThat(replica.hasNext()).isFalse();
      }
    }
  }

  @Test
  void a_consumer_that_throws_has_the_batch_again() throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url());
        MqttDevice device = new MqttDevice(mosquitto)) {
      replica.throwing(true);
      device.publish(1, 1, 1);
      await().until(() -> replica.faults().contains("mqtt delivery"));
      replica.throwing(false);
      assertThat(texts(take(replica, 1))).containsExactly("1");
      assertThat(replica.wall().whatEnded()).isNull();
    }
  }

  @Test
  void a_consumer_that_leaves_turns_liveness_down_unless_the_channel_was_stopped()
      throws InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url())) {
      replica.cancel();
      assertThat(replica.wall().whatEnded()).startsWith("The log channel has lost its consumer");
      assertThat(replica.broker().isDeserted()).isTrue();
    }
    try (Replica replica = Replica.start(mosquitto.url())) {
      replica.stop(Duration.ZERO);
      replica.cancel();
      assertThat(replica.wall().whatEnded()).isNull();
    }
  }

  @Test
  void a_memory_that_throws_ends_the_try_and_not_the_trying()
      throws MqttException, InterruptedException {
    OneSession memory = new OneSession();
    memory.throwsTimes(2);
    try (Replica replica = Replica.start(mosquitto.url(), Replica.TOPIC, memory);
        MqttDevice device = new MqttDevice(mosquitto)) {
      device.publish(1, 1, 1);
      assertThat(texts(take(replica, 1))).containsExactly("1");
      assertThat(replica.faults()).containsExactly("mqtt connect", "mqtt connect");
    }
  }

  @Test
  void an_executor_that_takes_no_more_turns_liveness_down() {
    Replica replica = Replica.start(mosquitto.url());
    replica.crash();
    mosquitto.stop();
    await().until(() -> replica.wall().whatEnded() != null);
    assertThat(replica.wall().whatEnded()).startsWith("Connecting to the broker has ended");
    mosquitto.start();
  }

  @Test
  void why_a_broker_refuses_is_in_its_status() throws InterruptedException {
    try (Mosquitto strict = Mosquitto.withUser("fleet", "secret");
        Replica replica = Replica.of(Replica.settings(strict.url()))) {
      replica.broker().start();
      await()
          .untilAsserted(
              () ->
                  assertThat(replica.broker().status().reason())
                      .isEqualTo("the broker refused the login (mqtt.username, mqtt.password)"));
      assertThat(replica.broker().status().met()).isFalse();
    }
  }

  private void restart() {
    mosquitto.stop();
    mosquitto.start();
  }

  /** Takes and acknowledges batches until so many messages came. */
  private static List<InboundMessage> take(Replica replica, int count) throws InterruptedException {
    List<InboundMessage> taken = new ArrayList<>();
    while (taken.size() < count) {
      Message<List<InboundMessage>> batch = replica.next();
      taken.addAll(batch.getPayload());
      batch.ack();
    }
    return taken;
  }

  private static List<String> texts(List<InboundMessage> messages) {
    return Replica.texts(Message.of(messages));
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
  }
}
