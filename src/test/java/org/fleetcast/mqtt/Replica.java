package org.fleetcast.mqtt;

import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.fleetcast.tls.TlsClient;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A process that consumes a topic in batches, as the tests see it. */
final class Replica implements AutoCloseable {
  static final String TOPIC = "iotsupport/logsink";

  /** More than any message of these tests has. */
  static final int LARGEST = 16 << 20;

  private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(2);
  private final BlockingQueue<Message<List<InboundMessage>>> batches = new LinkedBlockingQueue<>();
  private final List<String> faults = new CopyOnWriteArrayList<>();
  private final AtomicInteger sessionsLost = new AtomicInteger();
  private final InternalFaults wall = new InternalFaults(faults::add, SteadyClock.INSTANCE);
  private final MqttSession broker;
  private @Nullable Subscription subscription;
  private volatile boolean throwing;

  private Replica(BrokerSettings settings, String topic, BatchLimits limits, SessionMemory memory) {
    broker =
        new MqttSession(
            settings,
            executor,
            executor,
            memory,
            SessionTurn.always(),
            wall,
            sessionsLost::incrementAndGet);
    broker.incoming(topic, limits).subscribe(new Collector());
  }

  /** One that remembers its session beyond its own life, and listens to that topic. */
  static Replica start(String url, String topic, SessionMemory memory) {
    Replica replica = new Replica(settings(url), topic, BatchLimits.DEFAULT, memory);
    replica.start();
    return replica;
  }

  static Replica of(BrokerSettings settings) {
    return new Replica(settings, TOPIC, BatchLimits.DEFAULT, new OneSession());
  }

  /** Where faults were survived. */
  List<String> faults() {
    return faults;
  }

  InternalFaults wall() {
    return wall;
  }

  int sessionsLost() {
    return sessionsLost.get();
  }

  /** From now on its consumer throws, or no more. */
  void throwing(boolean now) {
    throwing = now;
  }

  /** Its consumer goes away, as Reactive Messaging has it when a method fails. */
  void cancel() {
    Objects.requireNonNull(subscription).cancel();
  }

  static Replica start(String url) {
    return start(url, BatchLimits.DEFAULT);
  }

  static Replica start(String url, BatchLimits limits) {
    Replica replica = of(url, limits);
    replica.start();
    return replica;
  }

  static Replica of(String url, BatchLimits limits) {
    return new Replica(settings(url), TOPIC, limits, new OneSession());
  }

  static BrokerSettings settings(String url) {
    return BrokerSettings.of(
        url, "fleetcast", Optional.empty(), Optional.empty(), TlsClient.PLAIN, LARGEST);
  }

  void start() {
    broker.start();
    awaitConnected();
  }

  void awaitConnected() {
    await().until(() -> broker.status().connected());
  }

  MqttSession broker() {
    return broker;
  }

  /** The next batch, unacknowledged. */
  Message<List<InboundMessage>> next() throws InterruptedException {
    Message<List<InboundMessage>> batch = batches.poll(60, TimeUnit.SECONDS);
    if (batch == null) {
      throw new AssertionError("No batch came");
    }
    return batch;
  }

  boolean hasNext() {
    return !batches.isEmpty();
  }

  /** Everything stops where it is: nothing more is acknowledged, sent or connected. */
  void crash() {
    executor.shutdownNow();
  }

  /** Ends in order, within the given time and a little more. */
  void stop(Duration patience) throws InterruptedException {
    broker.settle(patience);
    broker.disconnect();
  }

  @Override
  public void close() throws InterruptedException {
    stop(Duration.ZERO);
    executor.shutdownNow();
  }

  static List<String> texts(Message<List<InboundMessage>> batch) {
    return batch.getPayload().stream()
        .map(inbound -> new String(inbound.payload(), StandardCharsets.UTF_8))
        .toList();
  }

  static List<Integer> ids(Message<List<InboundMessage>> batch) {
    return batch.getPayload().stream().map(InboundMessage::packetId).toList();
  }

  private final class Collector implements Subscriber<Message<List<InboundMessage>>> {
    @Override
    public void onSubscribe(Subscription begun) {
      subscription = begun;
      begun.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Message<List<InboundMessage>> batch) {
      if (throwing) {
        throw new StackOverflowError("a consumer of a test");
      }
      batches.add(batch);
    }

    @Override
    public void onError(Throwable failure) {
      throw new AssertionError(failure);
    }

    @Override
    public void onComplete() {
      throw new AssertionError("A channel has no end");
    }
  }
}
