package org.fleetcast.logs;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.fleetcast.live.Publication;
import org.fleetcast.live.Sessions;
import org.fleetcast.mqtt.Inbound;
import org.fleetcast.problem.Setting;
import org.h2.mvstore.MVStoreException;

/**
 * Takes what the broker delivers: reads the lines, makes them safe in the journal, acknowledges the
 * messages, and shows the lines to those who follow their entity. In this order, one batch at a
 * time, so nobody ever sees a line that could still be lost.
 */
@Singleton
public class LogIntake {
  private static final Logger LOG = System.getLogger(LogIntake.class.getName());

  /** No MQTT message is larger. */
  private static final int MAX_LINE_BYTES = 256 << 20;

  private final LogKeeper keeper;
  private final Sessions sessions;
  private final Shown shown;
  private final Activity activity;
  private final LogMetrics metrics;
  private final LogLine.Reader reader;
  private final Clock clock = Clock.systemUTC();

  @Inject
  public LogIntake(
      LogKeeper keeper,
      Sessions sessions,
      Shown shown,
      Activity activity,
      LogMetrics metrics,
      @ConfigProperty(name = "log.entity.key") String entityKey,
      @ConfigProperty(name = "log.max.line.bytes") String maxLineBytes) {
    this.keeper = keeper;
    this.sessions = sessions;
    this.shown = shown;
    this.activity = activity;
    this.metrics = metrics;
    this.reader =
        new LogLine.Reader(
            entityKey, (int) Setting.positive("LOG_MAX_LINE_BYTES", maxLineBytes, MAX_LINE_BYTES));
  }

  /** One batch of messages from the broker; its acknowledgement follows the journal's sync. */
  @Incoming("logsink")
  public CompletionStage<Void> take(Message<List<Inbound>> batch) {
    Instant taken = clock.instant();
    List<List<Entry>> messages;
    try {
      messages = keep(batch.getPayload());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return batch.nack(stopping);
    } catch (RuntimeException bug) {
      // Thrown out of here it would end the channel for good; so the broker delivers again.
      LOG.log(Level.ERROR, "A batch of messages could not be taken", bug);
      return batch.nack(bug);
    }
    CompletionStage<Void> acknowledged = batch.ack();
    messages.stream()
        .filter(message -> !message.isEmpty())
        .forEach(message -> show(message, taken));
    return acknowledged;
  }

  /** Makes the lines of all new messages safe; gives them message by message. */
  private List<List<Entry>> keep(List<Inbound> delivered) throws InterruptedException {
    Map<Integer, Mark> marks = new HashMap<>();
    List<List<Entry>> messages = new ArrayList<>();
    List<Entry> entries = new ArrayList<>();
    List<Activity.Seen> seen = new ArrayList<>();
    for (Inbound message : delivered) {
      Mark mark = new Mark(message.packetId(), sha256(message.payload()));
      if (message.duplicate() && took(mark, marks)) {
        metrics.repeated();
      } else {
        List<Entry> lines = entries(message.payload(), seen);
        messages.add(lines);
        entries.addAll(lines);
      }
      marks.put(message.packetId(), mark);
    }
    appendAtLast(entries, List.copyOf(marks.values()));
    activity.record(seen);
    return messages;
  }

  private boolean took(Mark mark, Map<Integer, Mark> sameBatch) {
    Mark here = sameBatch.get(mark.packetId());
    return here == null ? keeper.journal().took(mark) : Arrays.equals(here.sha256(), mark.sha256());
  }

  private List<Entry> entries(byte[] payload, List<Activity.Seen> seen) {
    List<Entry> entries = new ArrayList<>();
    int taken = 0;
    int bad = 0;
    for (LogLine line : reader.read(payload)) {
      if (line instanceof LogLine.Bad unread) {
        bad += unread.lines();
      } else {
        taken++;
      }
      Entry.Stamp stamp = keeper.journal().stamp(clock.instant());
      entries.add(Entry.of(line, stamp));
      if (line instanceof LogLine.Good good && good.entityId() != null) {
        seen.add(Activity.Seen.of(good.entityId(), stamp, good.fields()));
      }
    }
    metrics.taken(taken, bad);
    return entries;
  }

  /** Appends, however long the disk refuses: until then the broker keeps what it delivered. */
  private void appendAtLast(List<Entry> entries, List<Mark> marks) throws InterruptedException {
    boolean refused = false;
    while (true) {
      try {
        keeper.keep(entries, marks);
        if (refused) {
          LOG.log(Level.INFO, "The journal can be written again");
        }
        return;
      } catch (MVStoreException disk) {
        if (!refused) {
          LOG.log(Level.ERROR, "The journal cannot be written, the broker has to wait", disk);
        }
        refused = true;
        TimeUnit.SECONDS.sleep(1);
      }
    }
  }

  private void show(List<Entry> message, Instant taken) {
    shown.show(message.get(message.size() - 1).at(), () -> publish(message, taken));
  }

  /** All lines of one message for one entity go in one event, in order. */
  private void publish(List<Entry> message, Instant taken) {
    Map<String, List<Entry>> byEntity = new LinkedHashMap<>();
    for (Entry entry : message) {
      String entityId = entry.entityId();
      if (entityId != null && sessions.follows(entityId)) {
        byEntity.computeIfAbsent(entityId, id -> new ArrayList<>()).add(entry);
      }
    }
    byEntity.forEach(
        (entityId, entries) -> {
          sessions.publish(new Publication(entityId, entries));
          metrics.published(Duration.between(taken, clock.instant()));
        });
  }

  private static byte[] sha256(byte[] payload) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(payload);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JDK has SHA-256", impossible);
    }
  }
}
