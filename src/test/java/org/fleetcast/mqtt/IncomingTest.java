package org.fleetcast.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.paho.client.mqttv3.MqttException;
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
  void aBatchIsWhatArrivedWhileTheOneBeforeWasProcessed()
      throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url());
        Device device = new Device(mosquitto)) {
      device.publish(1, 1, 1);
      Message<List<Inbound>> first = replica.next();
      assertThat(Replica.texts(first)).containsExactly("1");

      device.publish(1, 2, 11);
      await().until(() -> replica.broker().unacked() == 11);
      assertThat(replica.hasNext()).isFalse();

      first.ack();
      assertThat(Replica.texts(replica.next())).containsExactlyElementsOf(numbers(2, 11));
    }
  }

  @Test
  void aBatchIsBounded() throws MqttException, InterruptedException {
    Limits small = new Limits(3, 1_000, 1_000, 1_000);
    try (Replica replica = Replica.start(mosquitto.url(), small);
        Device device = new Device(mosquitto)) {
      device.publish(1, 1, 1);
      Message<List<Inbound>> first = replica.next();
      device.publish(1, 2, 6);
      await().until(() -> replica.broker().unacked() == 6);

      first.ack();
      Message<List<Inbound>> second = replica.next();
      second.ack();
      assertThat(Replica.texts(second)).containsExactly("2", "3", "4");
      assertThat(Replica.texts(replica.next())).containsExactly("5", "6");
    }
  }

  @Test
  void whatWasNotAcknowledgedComesAgainAfterACrashMarkedAndUnderItsPacketId()
      throws MqttException, InterruptedException {
    try (Device device = new Device(mosquitto)) {
      Replica crashing = Replica.start(mosquitto.url());
      device.publish(1, 1, 1);
      crashing.next().ack();
      device.publish(1, 2, 4);
      await().until(() -> crashing.broker().unacked() == 3);
      List<Integer> ids = new ArrayList<>(Replica.ids(crashing.next()));
      crashing.crash();

      try (Replica replica = Replica.start(mosquitto.url())) {
        List<Inbound> again = take(replica, 3);
        assertThat(again).allMatch(Inbound::duplicate);
        assertThat(again).extracting(Inbound::packetId).startsWith(ids.toArray(Integer[]::new));
        assertThat(texts(again)).containsExactly("2", "3", "4");
      }
      try (Replica replica = Replica.start(mosquitto.url())) {
        device.publish(1, 5, 5);
        assertThat(Replica.texts(replica.next())).containsExactly("5");
      }
    }
  }

  @Test
  void aRefusedBatchComesAgain() throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url());
        Device device = new Device(mosquitto)) {
      device.publish(1, 1, 1);
      Message<List<Inbound>> first = replica.next();
      device.publish(1, 2, 3);
      await().until(() -> replica.broker().unacked() == 3);

      first.nack(new IllegalStateException("the disk is full"));
      assertThat(texts(take(replica, 3))).containsExactly("1", "2", "3");
    }
  }

  @Test
  void anAcknowledgementOfAnEarlierConnectionAcknowledgesNothing()
      throws MqttException, InterruptedException {
    try (Device device = new Device(mosquitto)) {
      Replica replica = Replica.start(mosquitto.url());
      device.publish(1, 1, 1);
      Message<List<Inbound>> early = replica.next();
      restart();
      await().atMost(Duration.ofSeconds(20)).until(() -> replica.broker().unacked() == 2);
      early.ack();
      Message<List<Inbound>> again = replica.next();
      assertThat(Replica.texts(again)).containsExactly("1");
      replica.crash();

      try (Replica other = Replica.start(mosquitto.url())) {
        assertThat(Replica.texts(other.next())).containsExactly("1");
      }
    }
  }

  @Test
  void aRestartOfTheBrokerKeepsTheSubscriptionAndTheQueue()
      throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url())) {
      restart();
      try (Device device = new Device(mosquitto)) {
        device.publish(1, 1, 200);
      }
      replica.awaitConnected();
      try (Device device = new Device(mosquitto)) {
        device.publish(1, 201, 210);
      }
      assertThat(texts(take(replica, 210))).containsExactlyElementsOf(numbers(1, 210));
    }
  }

  @Test
  void aBrokerThatLostTheSessionIsSubscribedAgain() throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url())) {
      mosquitto.stop();
      assertThat(mosquitto.file("mosquitto.db").toFile().delete()).isTrue();
      mosquitto.start();
      await().until(() -> !replica.broker().status().connected());
      replica.awaitConnected();
      try (Device device = new Device(mosquitto)) {
        device.publish(1, 1, 1);
      }
      assertThat(Replica.texts(replica.next())).containsExactly("1");
    }
  }

  @Test
  void aBrokerThatIsAwayAtTheStartIsFoundLater() throws MqttException, InterruptedException {
    mosquitto.stop();
    try (Replica replica = Replica.of(mosquitto.url(), Limits.DEFAULT)) {
      replica.broker().start();
      mosquitto.start();
      replica.awaitConnected();
      try (Device device = new Device(mosquitto)) {
        device.publish(1, 1, 1);
      }
      assertThat(Replica.texts(replica.next())).containsExactly("1");
    }
  }

  @Test
  void whatExceedsTheLimitStaysWithTheBrokerAndComesInOrderLater()
      throws MqttException, InterruptedException {
    Limits narrow = new Limits(100, 1_000, 5, 1_000);
    try (Replica replica = Replica.start(mosquitto.url(), narrow);
        Device device = new Device(mosquitto)) {
      device.publish(1, 1, 18);
      await().until(() -> replica.broker().unacked() == 5);
      // Mosquitto lets 20 be unacknowledged: 18 were delivered, 13 of them left alone.
      assertThat(firstTimes(takeUntil(replica, "18"))).containsExactlyElementsOf(numbers(1, 18));
      device.publish(1, 19, 19);
      assertThat(firstTimes(takeUntil(replica, "19"))).endsWith("19");
    }
  }

  /** The texts without those that came again, which must be marked so. */
  private static List<String> firstTimes(List<Inbound> taken) {
    List<String> first = new ArrayList<>();
    for (Inbound inbound : taken) {
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
  private static List<Inbound> takeUntil(Replica replica, String last) throws InterruptedException {
    List<Inbound> taken = new ArrayList<>();
    while (!texts(taken).contains(last)) {
      taken.addAll(take(replica, 1));
    }
    return taken;
  }

  @Test
  void anyQualityOfServiceIsTakenAndNoneComesAsExactlyOnce()
      throws MqttException, InterruptedException {
    try (Replica replica = Replica.start(mosquitto.url());
        Device device = new Device(mosquitto)) {
      device.publish(0, 1, 1);
      Message<List<Inbound>> unconfirmed = replica.next();
      assertThat(Replica.ids(unconfirmed)).containsExactly(0);
      unconfirmed.ack();
      device.publish(2, 2, 2);
      Message<List<Inbound>> downgraded = replica.next();
      downgraded.ack();
      assertThat(downgraded.getPayload()).allMatch(inbound -> inbound.packetId() > 0);
    }
    try (Replica replica = Replica.start(mosquitto.url());
        Device device = new Device(mosquitto)) {
      device.publish(1, 3, 3);
      assertThat(Replica.texts(replica.next())).containsExactly("3");
    }
  }

  @Test
  void stoppingLetsTheBatchUnderWayFinish() throws MqttException, InterruptedException {
    try (Device device = new Device(mosquitto)) {
      Replica replica = Replica.start(mosquitto.url());
      device.publish(1, 1, 1);
      Message<List<Inbound>> underWay = replica.next();
      CompletableFuture<Void> stopping =
          CompletableFuture.runAsync(
              () -> {
                try {
                  replica.broker().stop(Duration.ofSeconds(20));
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

  private void restart() {
    mosquitto.stop();
    mosquitto.start();
  }

  /** Takes and acknowledges batches until so many messages came. */
  private static List<Inbound> take(Replica replica, int count) throws InterruptedException {
    List<Inbound> taken = new ArrayList<>();
    while (taken.size() < count) {
      Message<List<Inbound>> batch = replica.next();
      taken.addAll(batch.getPayload());
      batch.ack();
    }
    return taken;
  }

  private static List<String> texts(List<Inbound> messages) {
    return Replica.texts(Message.of(messages));
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
  }
}
