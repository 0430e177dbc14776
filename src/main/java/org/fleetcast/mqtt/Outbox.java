package org.fleetcast.mqtt;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.fleetcast.problem.InternalFaults;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * The messages of one outgoing channel, each from being sent until the broker has it.
 *
 * <p>A message is acknowledged when the broker has taken it (QoS 1). While the broker is away it
 * waits here, and after a reconnect all that is left is sent again, in order. When too many wait
 * the oldest is refused: whoever announces something must never be stopped by a broker.
 */
final class Outbox implements Subscriber<Message<?>> {
  private static final Logger LOG = System.getLogger(Outbox.class.getName());

  private final String topic;
  private final int capacity;
  private final Executor delivery;
  private final Runnable dropped;
  private final InternalFaults faults;

  @GuardedBy("this")
  private final Map<Long, Entry> entries = new LinkedHashMap<>();

  @GuardedBy("this")
  private long sequence;

  @GuardedBy("this")
  private boolean told;

  @GuardedBy("this")
  private @Nullable MqttConnection connection;

  Outbox(String topic, int capacity, Executor delivery, Runnable dropped, InternalFaults faults) {
    if (capacity < 1) {
      throw new IllegalStateException("queue.limit must be 1 or more");
    }
    this.topic = topic;
    this.capacity = capacity;
    this.delivery = delivery;
    this.dropped = dropped;
    this.faults = faults;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    subscription.request(Long.MAX_VALUE); // the queue is bounded here, and nobody may be stopped
  }

  /** Never throws: that would end the channel for good. */
  @Override
  public void onNext(Message<?> message) {
    try {
      take(message);
    } catch (Throwable fault) {
      faults.survived("mqtt publish", fault);
    }
  }

  private void take(Message<?> message) {
    byte[] payload = bytes(message.getPayload());
    if (payload == null) {
      refuse(message, "The payload must be a String or bytes topic=" + topic);
      return;
    }
    Entry refused;
    synchronized (this) {
      refused = entries.size() < capacity ? null : removeOldest();
      entries.put(sequence++, new Entry(message, payload));
      flush();
    }
    if (refused != null) {
      faults.guard("mqtt publish", dropped);
      refuse(refused.message, null);
    }
  }

  @Override
  public void onError(Throwable failure) {
    LOG.log(Level.ERROR, "An outgoing channel failed topic=" + topic, failure);
    faults.ended("An outgoing channel has failed, nothing is published topic=" + topic);
  }

  @Override
  public void onComplete() {
    LOG.log(Level.DEBUG, "An outgoing channel ended topic=" + topic);
  }

  /** Sends all that waits over the new connection. */
  synchronized void opened(MqttConnection next) {
    connection = next;
    told = false;
    entries.values().forEach(entry -> entry.sent = false);
    flush();
  }

  /** Keeps everything from now on, if the ended connection is the one in use. */
  synchronized void closed(MqttConnection ended) {
    if (connection == ended) {
      connection = null;
    }
  }

  synchronized int waiting() {
    return entries.size();
  }

  private synchronized void flush() {
    MqttConnection current = connection;
    if (current == null) {
      return;
    }
    for (Map.Entry<Long, Entry> next : List.copyOf(entries.entrySet())) {
      if (!next.getValue().sent && !send(current, next.getKey(), next.getValue())) {
        return;
      }
    }
  }

  /** Hands a message over; says whether those after it can follow. */
  @GuardedBy("this")
  private boolean send(MqttConnection current, Long number, Entry entry) {
    try {
      current.publish(topic, entry.payload, () -> taken(number));
      entry.sent = true;
      return true;
    } catch (MqttException busy) {
      LOG.log(Level.DEBUG, "A message waits topic=" + topic, busy);
      return false;
    } catch (RuntimeException unsendable) {
      // It would be so each time, and the others must not wait for it.
      faults.survived("mqtt publish", unsendable);
      entries.remove(number);
      refuse(entry.message, "The message cannot be sent topic=" + topic);
      return true;
    }
  }

  /** Called by Paho's thread: who waits for the message goes on in another one. */
  private void taken(long number) {
    Entry entry;
    synchronized (this) {
      entry = entries.remove(number);
    }
    if (entry != null) {
      onDelivery(
          () -> {
            entry.message.ack();
            flush();
          });
    }
  }

  @GuardedBy("this")
  private Entry removeOldest() {
    if (!told) {
      told = true;
      LOG.log(Level.WARNING, "Too many messages wait, the oldest are dropped topic=" + topic);
    }
    return entries.remove(entries.keySet().iterator().next());
  }

  private void refuse(Message<?> message, @Nullable String sentence) {
    String reason = sentence == null ? "The broker was away for too long topic=" + topic : sentence;
    onDelivery(() -> message.nack(new IllegalStateException(reason)));
  }

  private void onDelivery(Runnable task) {
    try {
      delivery.execute(() -> faults.guard("mqtt publish", task));
    } catch (RejectedExecutionException | IllegalStateException closing) {
      LOG.log(Level.DEBUG, "Nobody waits for messages any more topic=" + topic, closing);
    }
  }

  private static byte @Nullable [] bytes(@Nullable Object payload) {
    if (payload instanceof byte[] bytes) {
      return bytes;
    }
    return payload instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : null;
  }

  private static final class Entry {
    private final Message<?> message;
    private final byte[] payload;
    private boolean sent;

    private Entry(Message<?> message, byte[] payload) {
      this.message = message;
      this.payload = payload;
    }
  }
}
