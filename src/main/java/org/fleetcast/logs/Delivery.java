package org.fleetcast.logs;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.fleetcast.mqtt.Inbound;

/**
 * Messages on their way into the journal: their new lines, and what is remembered of each message
 * so that it makes no second line when it comes again.
 */
final class Delivery {
  private static final int MAX_TOPIC = 200;

  private final Journal journal;
  private final Function<byte[], Iterable<LogLine>> reader;
  private final Retained retained;
  private final Clock clock = Clock.systemUTC();
  private final Map<Integer, Mark> marks = new HashMap<>();
  private final List<Taken> messages = new ArrayList<>();
  private int repeated;

  /**
   * The lines of one message.
   *
   * @param bad how many of the lines that the device sent cannot be taken; one entry may stand for
   *     many
   * @param seen those of an entity, for the activity
   * @param at when it was handed over by the broker, by the steady clock
   */
  record Taken(List<Entry> lines, int bad, List<Activity.Seen> seen, Instant at) {
    /** How many lines were taken. */
    int good() {
      return (int) lines.stream().filter(line -> line.kind() == Entry.Kind.LINE).count();
    }
  }

  /**
   * @param reader the lines of a payload
   */
  Delivery(Journal journal, Function<byte[], Iterable<LogLine>> reader) {
    this.journal = journal;
    this.reader = reader;
    this.retained = new Retained(journal);
  }

  /** Takes a message in, with its lines, unless it was taken before. */
  void add(Inbound message, Instant at) {
    Mark mark = Mark.of(message);
    boolean again = message.duplicate() && took(mark);
    if (retained.isRepeated(message, mark) || again) {
      repeated++;
    } else {
      messages.add(taken(lines(message), at));
    }
    marks.put(message.packetId(), mark);
  }

  /** Takes a message in as one dead letter, since reading it throws. */
  void setAside(Inbound message, Throwable failure, Instant at) {
    Mark mark = Mark.of(message);
    boolean known = retained.isRepeated(message, mark);
    if (!known) {
      String reason = "could not be taken: " + failure.getClass().getSimpleName();
      messages.add(taken(List.of(whole(message.payload(), reason)), at));
    }
    marks.put(message.packetId(), mark);
  }

  private boolean took(Mark mark) {
    Mark here = marks.get(mark.packetId());
    return here == null ? journal.took(mark) : Arrays.equals(here.sha256(), mark.sha256());
  }

  private Iterable<LogLine> lines(Inbound message) {
    if (message.wanted()) {
      return reader.apply(message.payload());
    }
    String reason = "came on topic " + printable(message.topic()) + ", which no channel takes";
    return message.payload().length == 0 ? List.of() : List.of(whole(message.payload(), reason));
  }

  private Taken taken(Iterable<LogLine> lines, Instant at) {
    List<Entry> entries = new ArrayList<>();
    List<Activity.Seen> seen = new ArrayList<>();
    int bad = 0;
    for (LogLine line : lines) {
      Entry.Stamp stamp = journal.stamp(clock.instant());
      entries.add(Entry.of(line, stamp));
      if (line instanceof LogLine.Bad unread) {
        bad += unread.lines();
      } else if (line instanceof LogLine.Good good && good.entityId() != null) {
        seen.add(Activity.Seen.of(good.entityId(), stamp, good.fields()));
      }
    }
    return new Taken(entries, bad, seen, at);
  }

  /** A whole message as a dead letter. */
  private static LogLine.Bad whole(byte[] payload, String reason) {
    return new LogLine.Bad(RawBytes.of(payload, 0, payload.length), reason, null, 1);
  }

  private static String printable(String topic) {
    String plain = topic.replaceAll("\\p{Cntrl}", "");
    return plain.length() <= MAX_TOPIC ? plain : plain.substring(0, MAX_TOPIC) + "…";
  }

  /** What of it has to be remembered beside lines and marks, in the same commit. */
  void remember(JournalFile.Maps maps) {
    retained.save(maps);
  }

  /** The lines of all messages. */
  List<Entry> lines() {
    return messages.stream().flatMap(message -> message.lines.stream()).toList();
  }

  List<Mark> marks() {
    return List.copyOf(marks.values());
  }

  /** The new messages, in their order. */
  List<Taken> messages() {
    return messages;
  }

  /** How many messages were taken before. */
  int repeated() {
    return repeated;
  }
}
