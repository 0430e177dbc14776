package org.fleetcast.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.fleetcast.stack.Mosquitto;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private static final String TOPIC = "iotsupport/updates/config";

  private final Set<String> taken = ConcurrentHashMap.newKeySet();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final AtomicInteger dropped = new AtomicInteger();
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
  void a_message_is_acknowledged_when_the_broker_has_it()
      throws MqttException, InterruptedException {
    try (Replica replica = Replica.of(mosquitto.url(), BatchLimits.DEFAULT);
        MqttDevice device = new MqttDevice(mosquitto)) {
      Outbox outbox = outbox(replica, 10);
      replica.start();
      device.listen(TOPIC);
      outbox.onNext(message("a"));
      outbox.onNext(Message.of(new byte[] {'b'}));
      assertThat(device.hear()).isEqualTo("a");
      assertThat(device.hear()).isEqualTo("b");
      await().until(() -> taken.equals(Set.of("a")) && outbox.waiting() == 0);
    }
  }

  @Test
  void while_the_broker_is_away_messages_wait_in_order()
      throws MqttException, InterruptedException {
    try (Replica replica = Replica.of(mosquitto.url(), BatchLimits.DEFAULT)) {
      Outbox outbox = outbox(replica, 10);
      replica.start();
      try (MqttDevice device = MqttDevice.lasting(mosquitto, "listener")) {
        device.listen(TOPIC);
      }
      mosquitto.stop();
      await().until(() -> !replica.broker().status().connected());
      outbox.onNext(message("a"));
      outbox.onNext(message("b"));
      assertThat(taken).isEmpty();
      mosquitto.start();
      try (MqttDevice device = MqttDevice.lasting(mosquitto, "listener")) {
        assertThat(device.hear()).isEqualTo("a");
        assertThat(device.hear()).isEqualTo("b");
      }
      await().until(() -> taken.equals(Set.of("a", "b")));
    }
  }

  @Test
  void when_too_many_wait_the_oldest_is_refused_and_counted() throws InterruptedException {
    try (Replica replica = Replica.of(mosquitto.url(), BatchLimits.DEFAULT)) {
      Outbox outbox = outbox(replica, 2);
      List.of("a", "b", "c", "d").forEach(text -> outbox.onNext(message(text)));
      await().until(() -> refused.equals(Set.of("a", "b")));
      assertThat(dropped).hasValue(2);
      assertThat(outbox.waiting()).isEqualTo(2);
      replica.start();
      await().until(() -> taken.equals(Set.of("c", "d")));
    }
  }

  @Test
  void anything_but_text_and_bytes_is_refused() throws InterruptedException {
    try (Replica replica = Replica.of(mosquitto.url(), BatchLimits.DEFAULT)) {
      Outbox outbox = outbox(replica, 2);
      CompletableFuture<Throwable> reason = new CompletableFuture<>();
      outbox.onNext(
          Message.of(
              42,
              () -> CompletableFuture.completedStage(null),
              failure -> {
                reason.complete(failure);
                return CompletableFuture.completedStage(null);
              }));
      assertThat(reason.join())
          .hasMessage("The payload must be a String or bytes topic=iotsupport/updates/config");
    }
  }

  @Test
  void a_message_that_cannot_be_sent_is_refused_and_the_others_go_on() throws InterruptedException {
    try (Replica replica = Replica.of(mosquitto.url(), BatchLimits.DEFAULT)) {
      Outbox no = replica.broker().outgoing("topic/+", 10, dropped::incrementAndGet);
      Outbox outbox = outbox(replica, 10);
      no.onNext(message("a"));
      outbox.onNext(message("b"));
      replica.start();
      await().until(() -> taken.equals(Set.of("b")) && refused.equals(Set.of("a")));
      assertThat(replica.faults()).containsExactly("mqtt publish");
    }
  }

  private Outbox outbox(Replica replica, int capacity) {
    return replica.broker().outgoing(TOPIC, capacity, dropped::incrementAndGet);
  }

  private Message<String> message(String text) {
    return Message.of(
        text,
        () -> {
          taken.add(text);
          return CompletableFuture.completedStage(null);
        },
        failure -> {
          refused.add(text);
          return CompletableFuture.completedStage(null);
        });
  }
}
