package org.fleetcast.mqtt;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.paho.client.mqttv3.MqttTopic;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * The messages of one channel as batches: all that arrived while the batch before was processed.
 *
 * <p>One batch is under way at a time. Its {@code ack()} sends the PUBACK of each of its messages,
 * in order; its {@code nack()} acknowledges nothing and ends the connection, so that the broker
 * delivers it again. A consumer that throws or whose stage fails ends the channel for good (so
 * Reactive Messaging has it), and liveness turns DOWN; to have a batch again it says {@code
 * nack()}. Emission runs on the delivery executor, never on a thread of Paho.
 */
final class BatchPublisher implements Publisher<Message<List<InboundMessage>>> {
  private static final Logger LOG = System.getLogger(BatchPublisher.class.getName());

  /** What a shared subscription has before its filter; the messages know nothing of it. */
  private static final Pattern SHARE = Pattern.compile("^\\$share/[^/]+/");

  private final String filter;

  @GuardedBy("this")
  private final Inbox inbox;

  private final Executor delivery;
  private final MqttSession broker;
  private final InternalFaults faults;

  @GuardedBy("this")
  private @Nullable Subscriber<? super Message<List<InboundMessage>>> subscriber;

  @GuardedBy("this")
  private long demand;

  @GuardedBy("this")
  private boolean running;

  @GuardedBy("this")
  private boolean stopped;

  @GuardedBy("this")
  private boolean deserted;

  BatchPublisher(
      String filter,
      BatchLimits limits,
      Executor delivery,
      MqttSession broker,
      InternalFaults faults) {
    this.filter = filter;
    this.inbox = new Inbox(limits);
    this.delivery = delivery;
    this.broker = broker;
    this.faults = faults;
  }

  /** The topic filter to subscribe with. */
  String filter() {
    return filter;
  }

  /** Whether messages of the topic belong to this channel. */
  boolean takes(String topic) {
    return takes(filter, topic);
  }

  /** Whether a filter takes a topic. */
  static boolean takes(String filter, String topic) {
    try {
      return MqttTopic.isMatched(SHARE.matcher(filter).replaceFirst(""), topic);
    } catch (IllegalArgumentException noTopic) {
      return false; // with wildcards in it, say: no broker should have let it pass
    }
  }

  @Override
  public void subscribe(Subscriber<? super Message<List<InboundMessage>>> next) {
    synchronized (this) {
      if (subscriber != null) {
        throw new IllegalStateException("The channel of topic " + filter + " has a consumer");
      }
      subscriber = next;
    }
    next.onSubscribe(
        new Subscription() {
          @Override
          public void request(long count) {
            demand(count);
          }

          @Override
          public void cancel() {
            // As Reactive Messaging does when a method fails.
            desert("consumer");
          }
        });
  }

  /** Takes a message in; called by Paho's thread, so it only puts into the queue. */
  void arrived(UnackedMessage arrival) {
    boolean taken;
    synchronized (this) {
      taken = inbox.offer(arrival);
    }
    if (taken) {
      wake();
    }
  }

  /** Forgets what is left of an ended connection. */
  synchronized void forget(MqttConnection connection) {
    inbox.forget(connection);
  }

  /** Ends the channel for good: unless it was stopped before, only a restart helps. */
  private synchronized void desert(String lost) {
    if (!stopped) {
      stopped = true;
      deserted = true;
      faults.ended("The log channel has lost its " + lost + ", nothing is taken topic=" + filter);
    }
  }

  /** Whether the consumer is gone, though nobody stopped the channel. */
  synchronized boolean isDeserted() {
    return deserted;
  }

  /** Starts no further batch. */
  synchronized void stop() {
    stopped = true;
  }

  /** Waits until the batch under way is settled, at most for the given time. */
  synchronized void awaitSettled(Duration patience) throws InterruptedException {
    Instant end = SteadyClock.now().plus(patience);
    for (long left = patience.toMillis();
        left > 0 && inbox.isUnderWay();
        left = Duration.between(SteadyClock.now(), end).toMillis()) {
      wait(left);
    }
  }

  synchronized int unacked() {
    return inbox.unacked();
  }

  private void demand(long count) {
    Subscriber<? super Message<List<InboundMessage>>> asking;
    synchronized (this) {
      asking = subscriber;
      if (count < 1) {
        stopped = true;
      } else {
        demand = demand + count < 0 ? Long.MAX_VALUE : demand + count;
      }
    }
    if (count < 1 && asking != null) {
      asking.onError(new IllegalArgumentException("Requested " + count + " messages"));
    }
    wake();
  }

  /** Starts a batch, if there is one to start. */
  void wake() {
    synchronized (this) {
      if (running || !isReady()) {
        return;
      }
      running = true;
    }
    try {
      delivery.execute(this::deliver);
    } catch (RejectedExecutionException | IllegalStateException closing) {
      LOG.log(Level.DEBUG, "No batch is delivered any more topic=" + filter, closing);
      desert("executor");
    }
  }

  @GuardedBy("this")
  private boolean isReady() {
    return demand > 0 && !stopped && inbox.isReady();
  }

  private void deliver() {
    try {
      for (Batch batch = next(); batch != null; batch = next()) {
        deliver(batch);
      }
    } catch (Throwable fault) {
      faults.survived("mqtt delivery", fault);
      synchronized (this) {
        running = false; // the next message that arrives begins anew
      }
    }
  }

  private void deliver(Batch batch) {
    try {
      batch.subscriber().onNext(message(batch));
    } catch (Throwable failure) {
      // A consumer that throws has not stored the batch, and the next one must not wait for it.
      faults.survived("mqtt delivery", failure);
      nack(batch, failure);
    }
  }

  private synchronized @Nullable Batch next() {
    Subscriber<? super Message<List<InboundMessage>>> consumer = subscriber;
    if (consumer == null || !isReady()) {
      running = false;
      return null;
    }
    demand = demand == Long.MAX_VALUE ? demand : demand - 1;
    return new Batch(inbox.take(), consumer, new AtomicBoolean());
  }

  private Message<List<InboundMessage>> message(Batch batch) {
    return Message.of(
        batch.payload(this::takes), () -> ack(batch), failure -> nack(batch, failure));
  }

  private CompletionStage<Void> ack(Batch batch) {
    if (batch.settle()) {
      batch.acknowledge(faults);
      settled();
    }
    return CompletableFuture.completedStage(null);
  }

  private CompletionStage<Void> nack(Batch batch, @Nullable Throwable failure) {
    if (batch.settle()) {
      LOG.log(
          Level.WARNING,
          "A batch was refused and will be delivered again topic="
              + filter
              + " messages="
              + batch.arrivals().size(),
          failure);
      broker.drop(batch.connection(), "a batch was refused");
      settled();
    }
    return CompletableFuture.completedStage(null);
  }

  private void settled() {
    MqttConnection drained;
    synchronized (this) {
      inbox.settle();
      drained = inbox.drainedAfterOverflow();
      notifyAll();
    }
    faults.guard(
        "mqtt delivery",
        () -> {
          if (drained != null) {
            broker.renew(drained);
          }
          wake();
        });
  }
}
