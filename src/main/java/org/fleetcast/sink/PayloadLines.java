package org.fleetcast.sink;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.fleetcast.sink.ReceivedLine.Bad;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a payload, each read when it is its turn: only LF and CRLF end a line, and blank
 * ones are skipped. Of many bad ones the first hundred are given, and at the end one for all
 * others.
 */
final class PayloadLines implements Iterator<ReceivedLine> {
  private static final int MAX_BAD = 100;
  private static final int NONE = -1;

  private final byte[] payload;
  private final ReceivedLine.Reader reader;
  private final TopicOwners.Claim owner;
  private int at;
  private int bad;
  private int further;
  private @Nullable ReceivedLine next;

  /** Where the line in {@code next} begins: behind what was given. */
  private Position before;

  /**
   * A place in a payload, between two lines.
   *
   * @param at its first byte that was not read
   * @param bad how many bad lines lie before it
   * @param further where the first of those lies that was not given; -1 for none
   */
  record Position(int at, int bad, int further) {
    static final Position START = new Position(0, 0, NONE);
  }

  /**
   * The lines behind that place.
   *
   * @param owner whose they may be; one of somebody else is a bad one
   */
  PayloadLines(byte[] payload, ReceivedLine.Reader reader, Position from, TopicOwners.Claim owner) {
    this.owner = owner;
    this.payload = payload;
    this.reader = reader;
    this.bad = from.bad;
    this.further = from.further;
    this.at = from.at;
    this.before = from;
  }

  /** The place behind the line that was given last, to go on from. */
  Position position() {
    return next == null ? here() : before;
  }

  private Position here() {
    return new Position(at, bad, further);
  }

  @Override
  public boolean hasNext() {
    if (next == null) {
      before = here();
      next = advance();
    }
    return next != null;
  }

  @Override
  public ReceivedLine next() {
    ReceivedLine line = hasNext() ? next : null;
    if (line == null) {
      throw new NoSuchElementException("The payload has no more lines");
    }
    next = null;
    return line;
  }

  private @Nullable ReceivedLine advance() {
    while (at < payload.length) {
      int start = at;
      ReceivedLine line = take();
      if (line instanceof Bad unread) {
        bad++;
        if (bad <= MAX_BAD) {
          return reader.named(unread, payload, start, Math.min(at, payload.length));
        }
        further = further == NONE ? start : further;
      } else if (line != null) {
        return line;
      }
    }
    return summary();
  }

  /** The line that begins here; null when it is blank. */
  private @Nullable ReceivedLine take() {
    int start = at;
    int end = start;
    while (end < payload.length && payload[end] != '\n') {
      end++;
    }
    at = end + 1;
    while (start < end && blank(payload[start])) {
      start++;
    }
    while (end > start && blank(payload[end - 1])) {
      end--;
    }
    return start == end || (end - start == 3 && byteOrderMark(start))
        ? null
        : owned(reader.line(payload, start, end), start, end);
  }

  private ReceivedLine owned(ReceivedLine line, int start, int end) {
    String refusal = line instanceof ReceivedLine.Good good ? owner.refusal(good.entityId()) : null;
    return refusal == null ? line : new Bad(RawBytes.of(payload, start, end), refusal, null, 1);
  }

  /**
   * What stands around a line and is none of it; firmware sends the NUL of its strings too, and a
   * JSON text sequence (RFC 7464) a record separator before each.
   */
  static boolean blank(byte b) {
    return b == ' ' || b == '\t' || b == '\r' || b == 0 || b == '\f' || b == 0x0b || b == 0x1e;
  }

  private boolean byteOrderMark(int place) {
    return payload[place] == (byte) 0xef
        && payload[place + 1] == (byte) 0xbb
        && payload[place + 2] == (byte) 0xbf;
  }

  /** One for all bad lines that were not given; null when there are none. */
  private @Nullable Bad summary() {
    if (further == NONE) {
      return null;
    }
    int start = further;
    at = start;
    ReceivedLine line = take();
    int end = at - 1;
    at = payload.length;
    further = NONE;
    Bad first =
        reader.named(
            line instanceof Bad unread ? unread : badBefore(start, end), payload, start, end);
    int lines = bad - MAX_BAD;
    String reason =
        lines + " further lines of one message cannot be taken, the first: " + first.reason();
    return new Bad(first.raw(), reason, first.entityId(), lines);
  }

  /** Since the message was begun LOG_MAX_LINE_BYTES may have been changed. */
  private Bad badBefore(int start, int end) {
    return new Bad(RawBytes.of(payload, start, end), "not taken before a restart", null, 1);
  }
}
