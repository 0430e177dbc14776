package org.fleetcast.sink;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.fleetcast.mqtt.InboundMessage;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * Takes what the broker delivers: reads the lines, makes them safe in the journal, acknowledges the
 * messages, and shows the lines to those who follow their entity. In this order, one batch at a
 * time, so nobody ever sees a line that could still be lost; and nothing that happens after the
 * acknowledgement comes back here. Of a batch that takes several pieces all but the last are shown
 * before it is acknowledged, since they are safe and too many to be held.
 *
 * <p>A batch that cannot be taken is refused, and the broker delivers its messages again. They are
 * then taken one by one: whichever throws alone, twice, is set aside as a dead letter.
 */
@Singleton
public class LogIntake {
  private static final Logger LOG = System.getLogger(LogIntake.class.getName());

  private final Journal journal;
  private final Delivery.Lines reader;
  private final Safe safe;
  private final Consumer<Delivery> counted;
  private final List<Step> steps;
  private final InternalFaults faults;

  /** How many messages are still to be taken one by one, since as many were refused together. */
  private int suspects;

  /** The packet ids of messages that are safe and not acknowledged; a refused batch leaves some. */
  private final Set<Integer> unacknowledged = new HashSet<>();

  /** The lines of a message, each of whom it may be on its topic. */
  private record OwnedLines(ReceivedLine.Reader reader, TopicOwners owners)
      implements Delivery.Lines {
    @Override
    public PayloadLines read(InboundMessage message, PayloadLines.Position from) {
      return reader.read(message.payload(), from, owners.of(message.topic()));
    }

    @Override
    public @Nullable String entityId(InboundMessage message, int from) {
      return reader.entityId(message.payload(), from);
    }
  }

  /** Makes a delivery safe; waits while there is no room. */
  interface Safe {
    void keep(Delivery delivery) throws InterruptedException;
  }

  /**
   * What is done with each message that is safe.
   *
   * @param where its name among the internal faults
   */
  record Step(String where, Consumer<Delivery.Taken> work) {}

  @Inject
  public LogIntake(
      JournalKeeper keeper,
      ReceivedLine.Reader reader,
      TopicOwners owners,
      LinePublisher live,
      LineListener activity,
      LogMetrics metrics,
      LineTraces traces,
      InternalFaults faults) {
    this(
        keeper.journal(),
        new OwnedLines(reader, owners),
        delivery -> {
          traces.expect(delivery.messages());
          keeper.keep(delivery);
        },
        metrics::taken,
        keeper.shared().isPresent()
            ? List.of() // the shared journal shows its batches, wherever they were taken
            : List.of(
                new Step("activity", message -> activity.record(message.seen())),
                new Step("live publish", message -> traces.show(message, live::show))),
        faults);
  }

  LogIntake(
      Journal journal,
      Delivery.Lines reader,
      Safe safe,
      Consumer<Delivery> counted,
      List<Step> steps,
      InternalFaults faults) {
    this.journal = journal;
    this.reader = reader;
    this.safe = safe;
    this.counted = counted;
    this.steps = steps;
    this.faults = faults;
  }

  /** One batch of messages from the broker; its acknowledgement follows the journal's sync. */
  @Incoming("logsink")
  public CompletionStage<Void> take(Message<List<InboundMessage>> batch) {
    Delivery last;
    try {
      journal.begin();
      last = keep(batch.getPayload());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return batch.nack(stopping);
    } catch (NotHolderException elsewhere) {
      return batch.nack(elsewhere);
    } catch (Throwable bug) {
      // Thrown out of here it would end the channel for good; so the broker delivers again.
      suspects = batch.getPayload().size();
      faults.survived("intake", bug);
      return batch.nack(bug);
    }
    forgetAcknowledged(batch.getPayload());
    CompletionStage<Void> acknowledged = batch.ack();
    follow(last);
    return acknowledged;
  }

  private void forgetAcknowledged(List<InboundMessage> batch) {
    if (suspects == 0) {
      unacknowledged.clear();
    } else {
      batch.forEach(message -> unacknowledged.remove(message.packetId()));
    }
  }

  /** Makes a batch safe; all of it but the last piece is shown when this returns. */
  private Delivery keep(List<InboundMessage> batch) throws InterruptedException {
    Instant now = SteadyClock.now();
    if (suspects == 0) {
      return kept(pieces(batch, now));
    }
    Delivery last = new Delivery(journal, reader, Set.of());
    for (InboundMessage message : batch) {
      follow(last);
      last = keptAlone(message, now);
    }
    suspects = Math.max(0, suspects - batch.size());
    return last;
  }

  private Deliveries pieces(List<InboundMessage> messages, Instant now) {
    // Some brokers do not mark as repeated what they deliver again on another connection.
    Set<Integer> repeated = suspects == 0 ? Set.of() : Set.copyOf(unacknowledged);
    return new Deliveries(messages, now, () -> new Delivery(journal, reader, repeated));
  }

  private Delivery kept(Deliveries pieces) throws InterruptedException {
    Delivery piece = pieces.next();
    appendAtLast(piece);
    while (pieces.hasNext()) {
      follow(piece);
      piece = pieces.next();
      appendAtLast(piece);
    }
    return piece;
  }

  private Delivery keptAlone(InboundMessage message, Instant now) throws InterruptedException {
    for (boolean again = false; ; again = true) {
      Deliveries pieces = pieces(List.of(message), now);
      try {
        return kept(pieces);
      } catch (MVStoreException | NotHolderException notOfTheMessage) {
        throw notOfTheMessage;
      } catch (RuntimeException | Error failure) {
        faults.survived("intake", failure);
        // Another try of a message without packet id would begin anew.
        if (again || (message.packetId() == 0 && pieces.safe() > 0)) {
          return setAside(message, failure, now, pieces.safe());
        }
        if (failure instanceof OutOfMemoryError) {
          TimeUnit.SECONDS.sleep(1); // others took it, and may give it back
        }
      }
    }
  }

  private Delivery setAside(InboundMessage message, Throwable failure, Instant now, int from)
      throws InterruptedException {
    Delivery delivery = new Delivery(journal, reader, Set.of());
    delivery.setAside(message, failure, now, from);
    appendAtLast(delivery);
    return delivery;
  }

  /** Appends, however long the disk refuses: until then the broker keeps what it delivered. */
  private void appendAtLast(Delivery delivery) throws InterruptedException {
    boolean refused = false;
    while (true) {
      try {
        safe.keep(delivery);
        delivery.marks().forEach(mark -> unacknowledged.add(mark.packetId()));
        if (refused) {
          LOG.log(Level.INFO, "The journal can be written again");
        }
        return;
      } catch (MVStoreException disk) {
        if (!JournalStore.isOfTheDisk(disk)) {
          throw disk;
        }
        if (!refused) {
          LOG.log(Level.ERROR, "The journal cannot be written, the broker has to wait", disk);
        }
        refused = true;
        TimeUnit.SECONDS.sleep(1);
      }
    }
  }

  /** What comes after the lines are safe, each message and each step for itself. */
  private void follow(Delivery delivery) {
    faults.guard("metrics", () -> counted.accept(delivery));
    for (Delivery.Taken message : delivery.messages()) {
      if (!message.lines().isEmpty()) {
        for (Step step : steps) {
          faults.guard(step.where, () -> step.work.accept(message));
        }
      }
    }
  }
}
