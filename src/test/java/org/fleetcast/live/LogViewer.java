package org.fleetcast.live;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A viewer who takes when he is asked to, and may lose the last of what was sent to him. */
final class LogViewer {
  private static final Pattern EVENT =
      Pattern.compile("id: ([^\n]+)\n(?:event: [^\n]+\n)?([^\n]*)");
  private static final Pattern GAP =
      Pattern.compile(
          "\"device_entity_id\":\"(\\w+)\",\"missed\":(\\d+),\"from\":\"([^\"]+)\",\"to\":\"([^\"]+)\"");

  final Session session;
  final List<Integer> lines = new ArrayList<>();
  final List<Missed> gaps = new ArrayList<>();

  /** What came with the last take, whether it was lost or not. */
  String heard = "";

  private EventId lastId = EventId.upTo(0);
  private StreamConnection stream;

  /** What a gap told: how many lines of which entity, between which times, both included. */
  record Missed(String entityId, int lines, Instant from, Instant to) {}

  LogViewer(Session session) {
    this(session, null);
  }

  /** One who comes back to a server that was started again. */
  LogViewer(Session session, @Nullable EventId last) {
    this.session = session;
    this.stream = begin(false, last);
  }

  private StreamConnection begin(boolean resumed, @Nullable EventId last) {
    Session.Start start = session.begin(null, 1, resumed, last, Instant.EPOCH);
    StreamConnection opened = LiveStage.unread(session);
    if (!session.attach(opened, start.number())) {
      throw new IllegalStateException("nobody else opens a stream here");
    }
    read(new String(start.ready(), StandardCharsets.UTF_8), 0);
    return opened;
  }

  /** Takes once; says what there was. */
  String take(int maxBytes, int lostEvents) {
    heard = text(session.next(stream, maxBytes).pieces());
    return read(heard, lostEvents);
  }

  private static String text(List<byte[]> pieces) {
    StringBuilder text = new StringBuilder();
    pieces.forEach(piece -> text.append(new String(piece, StandardCharsets.UTF_8)));
    return text.toString();
  }

  private String read(String text, int lostEvents) {
    List<Matcher> events = new ArrayList<>();
    Matcher next = EVENT.matcher(text);
    int from = 0;
    while (next.find(from)) {
      events.add(next);
      from = next.end();
      next = EVENT.matcher(text);
    }
    int arrived = Math.max(0, events.size() - lostEvents);
    List<Integer> got = new ArrayList<>();
    for (Matcher event : events.subList(0, arrived)) {
      lastId = EventId.of(event.group(1));
      got.addAll(NumberedLine.numbers(event.group(2)));
      Matcher gap = GAP.matcher(event.group(2));
      if (gap.find()) {
        gaps.add(
            new Missed(
                gap.group(1),
                Integer.parseInt(gap.group(2)),
                Instant.parse(gap.group(3)),
                Instant.parse(gap.group(4))));
      }
    }
    lines.addAll(got);
    return got.toString();
  }

  EventId lastId() {
    return lastId;
  }

  void detach() {
    session.detach(stream, Instant.EPOCH);
  }

  /** Comes back with the last id that he has. */
  void resume() {
    detach();
    stream = begin(true, lastId);
  }

  /** Comes back and says nothing of what he has. */
  void startAnew() {
    detach();
    stream = begin(true, null);
  }
}
