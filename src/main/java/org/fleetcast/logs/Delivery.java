package org.fleetcast.logs;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.fleetcast.mqtt.Inbound;

/**
 * Messages on their way into the journal: their new lines, and what is remembered of each message
 * so that it makes no second line when it comes again.
 */
final class Delivery {
  /** So much of a message that is no log lines is kept. */
  static final int MAX_RAW = 64 << 10;

  private static final int MAX_TOPIC = 200;

  private final Journal journal;
  private final Function<byte[], List<LogLine>> reader;
  private final Retained retained;
  private final Clock clock = Clock.systemUTC();
  private final Map<Integer, Mark> marks = new HashMap<>();
  private final List<Taken> messages = new ArrayList<>();
  private int repeated;

  /**
   * The lines of one message.
   *
   * @param seen those of an entity, for the activity
   * @param at when it was handed over by the broker, by the steady clock
   */
  record Taken(List<Entry> lines, List<Activity.Seen> seen, Instant at) {
    int bad() {
      return (int) lines.stream().filter(line -> line.kind() == Entry.Kind.DEAD_LETTER).count();
    }
  }

  /**
   * @param reader the lines of a payload
   */
  Delivery(Journal journal, Function<byte[], List<LogLine>> reader) {
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

  private List<LogLine> lines(Inbound message) {
    if (message.wanted()) {
      return reader.apply(message.payload());
    }
    String reason = "came on topic " + printable(message.topic()) + ", which no channel takes";
    return message.payload().length == 0 ? List.of() : List.of(whole(message.payload(), reason));
  }

  private Taken taken(List<LogLine> lines, Instant at) {
    List<Entry> entries = new ArrayList<>(lines.size());
    List<Activity.Seen> seen = new ArrayList<>();
    for (LogLine line : lines) {
      Entry.Stamp stamp = journal.stamp(clock.instant());
      entries.add(Entry.of(line, stamp));
      if (line instanceof LogLine.Good good && good.entityId() != null) {
        seen.add(Activity.Seen.of(good.entityId(), stamp, good.fields()));
      }
    }
    return new Taken(entries, seen, at);
  }

  /** A whole message as a dead letter, at most its beginning. */
  private static LogLine.Bad whole(byte[] payload, String reason) {
    if (payload.length <= MAX_RAW) {
      return new LogLine.Bad(payload, reason);
    }
    int end = MAX_RAW;
    while (end > MAX_RAW - 4 && (payload[end] & 0xC0) == 0x80) {
      end--; // not in the middle of a character
    }
    String hash = HexFormat.of().formatHex(Mark.newDigest().digest(payload));
    return new LogLine.Bad(
        Arrays.copyOf(payload, end),
        reason + " (" + payload.length + " bytes, SHA-256 " + hash + ")");
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
