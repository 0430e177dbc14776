package org.fleetcast.sink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fleetcast.mqtt.InboundMessage;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.jspecify.annotations.Nullable;

/**
 * Which retained messages of a delivery were taken before. A broker sends them at every SUBSCRIBE,
 * also in a session that it knows. A message is a repetition if it is the one that was last taken
 * of its topic, or among those taken lately.
 *
 * <p>Of QoS 1 there is more to know. To a subscription that is there already everything is
 * delivered as it is published, without the mark of a retained message, if need be later. So once
 * such a message has come in a subscription, what is marked as retained is a repetition. It needs a
 * message of QoS 1 to know that, since what is of QoS 0 waits in no queue and may come before the
 * retained ones. And of topics that the session had before, and which may have waited in it, it
 * needs one of those topics: the retained ones of other topics come later.
 *
 * <p>What is published at QoS 0 while nobody is connected comes as a retained message or never, in
 * whatever subscription. And it has no packet id under which a mark could be kept, so the last ones
 * are kept by their number.
 */
final class RetainedMessages {
  /** The hashes of the retained messages, by topic; those seen longest ago go first. */
  static final int TOPICS = 10_000;

  /** So many messages of QoS 0 are known: as many as others. */
  static final int UNCONFIRMED = (int) DeliveryFingerprint.KEPT;

  private static final String NUMBER = "retained.unconfirmed";
  private static final List<String> SETTLED = List.of("retained.settled", "retained.settled.early");
  private static final int EARLY = 1;
  private static final int ROOM = TOPICS / 10;

  private final Journal journal;
  private final Map<String, DeliveryFingerprint> seen = new LinkedHashMap<>();
  private final Set<ByteBuffer> taken = new HashSet<>();
  private final List<DeliveryFingerprint> unconfirmed = new ArrayList<>();

  /** The subscriptions that are settled, for messages that may have waited and for others. */
  private final long[] settled;

  private boolean changed;
  private @Nullable Set<ByteBuffer> lately;

  RetainedMessages(Journal journal) {
    this.journal = journal;
    this.settled = journal.read(maps -> SETTLED.stream().mapToLong(maps::number).toArray());
  }

  /** Whether the message is retained, and was taken before. To be asked in the order of arrival. */
  boolean isRepeated(InboundMessage message, DeliveryFingerprint mark) {
    if (!message.retained()) {
      settle(message);
      taken.add(mark.hash());
      if (message.packetId() == 0) {
        unconfirmed.add(mark);
      }
      return false;
    }
    return (message.packetId() > 0 && message.subscription() == settled[kind(message)])
        || mark.hash().equals(lastOf(message.topic()))
        || taken.contains(mark.hash())
        || lately().contains(mark.hash());
  }

  /** Remembers that the message was taken, and is no more to be gone on with. */
  void took(InboundMessage message, DeliveryFingerprint mark) {
    if (message.retained()) {
      seen.put(key(message.topic()), mark);
      taken.add(mark.hash());
    }
  }

  private void settle(InboundMessage message) {
    if (message.packetId() > 0 && message.wanted()) { // else it may have waited since before
      changed |= settled[kind(message)] != message.subscription();
      settled[kind(message)] = message.subscription();
    }
  }

  private static int kind(InboundMessage message) {
    return message.early() ? EARLY : 0;
  }

  private @Nullable ByteBuffer lastOf(String topic) {
    String key = key(topic);
    DeliveryFingerprint here = seen.get(key);
    return here != null
        ? here.hash()
        : journal.read(
            maps -> {
              byte[] kept = maps.retained().get(key);
              return kept == null
                  ? null
                  : ByteBuffer.wrap(kept, Long.BYTES, kept.length - Long.BYTES);
            });
  }

  /** Looked up once for a delivery: there may be many retained messages in it, and many marks. */
  private Set<ByteBuffer> lately() {
    Set<ByteBuffer> known = lately;
    if (known == null) {
      known = journal.read(RetainedMessages::recentMarks);
      lately = known;
    }
    return known;
  }

  private static Set<ByteBuffer> recentMarks(JournalFile.Maps maps) {
    long newest = maps.number("messages");
    Set<ByteBuffer> recent = new HashSet<>();
    for (Cursor<Long, byte[]> all = maps.marks().cursor(null); all.hasNext(); ) {
      long key = all.next();
      long since = key < 0 ? 0 : newest; // those of QoS 0 are as many as are kept
      DeliveryFingerprint.recent(all.getValue(), since).ifPresent(recent::add);
    }
    return recent;
  }

  /** Makes what is known now safe, in the commit of the delivery. */
  void save(JournalFile.Maps maps) {
    if (changed) {
      for (int kind = 0; kind < settled.length; kind++) {
        maps.state().put(SETTLED.get(kind), Long.toString(settled[kind]));
      }
    }
    keepUnconfirmed(maps);
    if (seen.isEmpty()) {
      return;
    }
    long number = maps.number("messages");
    seen.forEach((topic, mark) -> maps.retained().put(topic, mark.kept(number)));
    if (maps.retained().sizeAsLong() > TOPICS) {
      forgetEldest(maps.retained());
    }
  }

  /** Under keys that are no packet ids. */
  private void keepUnconfirmed(JournalFile.Maps maps) {
    if (unconfirmed.isEmpty()) {
      return;
    }
    long number = maps.number(NUMBER);
    long messages = maps.number("messages");
    for (DeliveryFingerprint mark : unconfirmed) {
      maps.marks().put(-1 - number % UNCONFIRMED, mark.kept(messages));
      number++;
    }
    maps.state().put(NUMBER, Long.toString(number));
  }

  private static void forgetEldest(MVMap<String, byte[]> map) {
    List<String> eldest =
        map.entrySet().stream()
            .sorted(Comparator.comparingLong(entry -> ByteBuffer.wrap(entry.getValue()).getLong()))
            .limit(map.sizeAsLong() - TOPICS + ROOM)
            .map(Map.Entry::getKey)
            .toList();
    eldest.forEach(map::remove);
  }

  /** Of one length, whatever the topic: a device chooses it. */
  private static String key(String topic) {
    byte[] hash = DeliveryFingerprint.newDigest().digest(topic.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(hash, 0, 16);
  }
}
