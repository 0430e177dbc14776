package org.fleetcast.sink;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.fleetcast.mqtt.InboundMessage;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Messages on their way into the journal: their new lines, and what is remembered of each message
 * so that it makes no second line when it comes again. It is bounded, so a message of many lines
 * takes several, and all but the last remember how far they came.
 */
final class Delivery {
  /** A message that the firmware people have seen, 20,000 lines in 5.7 MB, fits into one. */
  static final int MAX_LINES = 20_000;

  static final int MAX_BYTES = 8 << 20;

  /** Of a larger message it is safe that it was begun, before it is read. */
  static final int LARGE = 256 << 10;

  private static final int MAX_TOPIC = 200;

  private final Journal journal;
  private final Lines reader;
  private final RetainedMessages retained;
  private final Clock clock = Clock.systemUTC();
  private final Map<Integer, DeliveryFingerprint> marks = new HashMap<>();
  private final List<Taken> messages = new ArrayList<>();
  private final List<Consumer<JournalFile.Maps>> beside = new ArrayList<>();

  /** Whether any message is begun and not complete: usually none is, and nothing looked up. */
  private final boolean begun;

  /** The packet ids under which a message that was taken is a repeated one, marked or not. */
  private final Set<Integer> unacknowledged;

  private int repeated;
  private int lines;
  private long bytes;

  /** What a message says, behind a place in its payload. */
  interface Lines {
    PayloadLines read(InboundMessage message, PayloadLines.Position from);

    /** The only entity that its lines name, as far as that can be read; null when there is none. */
    @Nullable String entityId(InboundMessage message, int from);
  }

  /**
   * The lines of one message; of one that is taken in pieces those of one piece, which are an event
   * of their own for who follows them.
   *
   * @param bad how many of the lines that the device sent cannot be taken; one entry may stand for
   *     many
   * @param seen those of an entity, for the activity
   * @param at when it was handed over by the broker, by the steady clock
   */
  record Taken(List<JournalLine> lines, int bad, List<EntityLine> seen, Instant at) {
    /** One that another replica took, read here just now. */
    static Taken elsewhere(List<JournalLine> lines) {
      List<EntityLine> seen = lines.stream().map(EntityLine::of).filter(Objects::nonNull).toList();
      return new Taken(lines, 0, seen, SteadyClock.now());
    }

    /** How many lines were taken. */
    int good() {
      return (int) lines.stream().filter(line -> line.kind() == JournalLine.Kind.LINE).count();
    }
  }

  /**
   * An empty one, which may get messages that were taken and not acknowledged, under those packet
   * ids.
   */
  Delivery(Journal journal, Lines reader, Set<Integer> unacknowledged) {
    this.journal = journal;
    this.reader = reader;
    this.unacknowledged = unacknowledged;
    this.retained = new RetainedMessages(journal);
    this.begun = journal.read(maps -> !maps.begun().isEmpty());
  }

  /** Whether it holds so many lines that others wait for the next one. */
  boolean isFull() {
    return lines >= MAX_LINES || bytes >= MAX_BYTES;
  }

  /**
   * Begins with a message, where it was left if it was begun before; null when nothing of it is to
   * be read, since it was taken before, or is taken whole.
   */
  @Nullable OpenMessage open(InboundMessage message, Instant at) {
    DeliveryFingerprint mark = DeliveryFingerprint.of(message);
    boolean known = retained.isRepeated(message, mark);
    known |= isAgain(message) && took(mark);
    UnfinishedMessages.Try before = begun(message, mark);
    if (known && (before == null || before.packetId() != message.packetId())) {
      repeated++;
      retained.took(message, mark);
      marks.put(message.packetId(), mark);
      return null;
    }
    String reason = unreadable(message, before);
    if (reason != null) {
      takeWhole(message, mark, reason, at, before == null ? 0 : before.from().at());
      return null;
    }
    UnfinishedMessages.Try made = journal.begun().next(message, before);
    boolean large = message.payload().length > LARGE || before != null;
    PayloadLines unread = reader.read(message, made.from());
    return new OpenMessage(message, mark, at, unread, made, large && comesAgain(message));
  }

  private boolean isAgain(InboundMessage message) {
    int packetId = message.packetId();
    return message.duplicate() || (packetId > 0 && unacknowledged.contains(packetId));
  }

  /** One of QoS 0 never does, unless it is retained: then it comes at the next SUBSCRIBE. */
  private static boolean comesAgain(InboundMessage message) {
    return message.packetId() > 0 || message.retained();
  }

  private UnfinishedMessages.@Nullable Try begun(InboundMessage message, DeliveryFingerprint mark) {
    return begun && comesAgain(message)
        ? journal.read(maps -> UnfinishedMessages.find(maps, mark))
        : null;
  }

  private @Nullable String unreadable(
      InboundMessage message, UnfinishedMessages.@Nullable Try before) {
    if (!message.wanted()) {
      return "came on topic " + printable(message.topic()) + ", which no channel takes";
    }
    if (message.oversized() != null) {
      return "a message over LOG_MAX_MESSAGE_BYTES";
    }
    return before != null && journal.begun().endedTheProcess(before)
        ? "the process ended while it was taken"
        : null;
  }

  /** Remembers that the message is begun, and how far it has come. */
  void begin(OpenMessage reading) {
    UnfinishedMessages.Try reached = reading.reached();
    beside.add(maps -> UnfinishedMessages.put(maps, reading.mark(), reached));
  }

  /** Takes in lines of the message until it is full; says whether those were the last. */
  boolean take(OpenMessage reading) {
    messages.add(taken(reading.lines(), reading.at()));
    boolean last = !reading.lines().hasNext();
    if (last) {
      complete(reading.message(), reading.mark());
    } else if (comesAgain(reading.message())) {
      begin(reading);
    }
    return last;
  }

  /**
   * Takes what is left of a message in as one dead letter, since reading it throws.
   *
   * @param from its first byte of which no line is safe, as far as is known
   */
  void setAside(InboundMessage message, Throwable failure, Instant at, int from) {
    DeliveryFingerprint mark = DeliveryFingerprint.of(message);
    UnfinishedMessages.Try before = begun(message, mark);
    boolean known = retained.isRepeated(message, mark) && before == null && from == 0;
    if (known) {
      complete(message, mark);
    } else {
      String reason = "could not be taken: " + failure.getClass().getSimpleName();
      takeWhole(message, mark, reason, at, before == null ? from : before.from().at());
    }
  }

  private void takeWhole(
      InboundMessage message, DeliveryFingerprint mark, String reason, Instant at, int from) {
    byte[] payload = message.payload();
    List<ReceivedLine> letters = List.of();
    if (from > 0 && from < payload.length) {
      RawBytes rest = RawBytes.of(payload, from, payload.length);
      letters = List.of(letter(message, rest, reason + ", from byte " + from, from));
    } else if (payload.length > 0) {
      letters = List.of(letter(message, RawBytes.of(message), reason, 0));
    }
    messages.add(taken(letters.iterator(), at));
    complete(message, mark);
  }

  private ReceivedLine letter(InboundMessage message, RawBytes raw, String reason, int from) {
    return new ReceivedLine.Bad(raw, reason, reader.entityId(message, from), 1);
  }

  private void complete(InboundMessage message, DeliveryFingerprint mark) {
    retained.took(message, mark);
    marks.put(mark.packetId(), mark);
    if (begun) {
      beside.add(maps -> UnfinishedMessages.remove(maps, mark));
    }
  }

  private boolean took(DeliveryFingerprint mark) {
    DeliveryFingerprint here = marks.get(mark.packetId());
    return here == null ? journal.took(mark) : Arrays.equals(here.sha256(), mark.sha256());
  }

  private Taken taken(Iterator<ReceivedLine> unread, Instant at) {
    List<JournalLine> entries = new ArrayList<>();
    List<EntityLine> seen = new ArrayList<>();
    int bad = 0;
    while (!isFull() && unread.hasNext()) {
      ReceivedLine line = unread.next();
      JournalLine.Stamp stamp = journal.stamp(clock.instant());
      JournalLine entry = JournalLine.of(line, stamp);
      entries.add(entry);
      lines++;
      bytes += entry.json().length;
      if (line instanceof ReceivedLine.Bad fault) {
        bad += fault.lines();
      } else if (line instanceof ReceivedLine.Good good && good.entityId() != null) {
        seen.add(EntityLine.of(good.entityId(), stamp, good.fields()));
      }
    }
    return new Taken(entries, bad, seen, at);
  }

  static String printable(String topic) {
    String plain = topic.replaceAll("\\p{Cntrl}", "");
    return plain.length() <= MAX_TOPIC ? plain : plain.substring(0, MAX_TOPIC) + "…";
  }

  /** What of it has to be remembered beside lines and marks, in the same commit. */
  void remember(JournalFile.Maps maps) {
    retained.save(maps);
    beside.forEach(change -> change.accept(maps));
  }

  /** The lines of all messages. */
  List<JournalLine> lines() {
    return messages.stream().flatMap(message -> message.lines.stream()).toList();
  }

  List<DeliveryFingerprint> marks() {
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
