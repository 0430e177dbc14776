package org.fleetcast.logs;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.fleetcast.logs.LogLine.Bad;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a payload, each read when it is its turn: only LF and CRLF end a line, and blank
 * ones are skipped. Of many bad ones the first hundred are given, and at the end one for all
 * others.
 */
final class PayloadLines implements Iterator<LogLine> {
  private static final int MAX_BAD = 100;

  private final byte[] payload;
  private final LogLine.Reader reader;
  private int at;
  private int bad;
  private @Nullable Bad firstFurther;
  private @Nullable LogLine next;

  PayloadLines(byte[] payload, LogLine.Reader reader) {
    this.payload = payload;
    this.reader = reader;
  }

  @Override
  public boolean hasNext() {
    if (next == null) {
      next = advance();
    }
    return next != null;
  }

  @Override
  public LogLine next() {
    LogLine line = hasNext() ? next : null;
    if (line == null) {
      throw new NoSuchElementException("The payload has no more lines");
    }
    next = null;
    return line;
  }

  private @Nullable LogLine advance() {
    while (at < payload.length) {
      LogLine line = take();
      if (line instanceof Bad unread) {
        bad++;
        if (bad <= MAX_BAD) {
          return reader.named(unread);
        }
        firstFurther = firstFurther == null ? unread : firstFurther;
      } else if (line != null) {
        return line;
      }
    }
    return further();
  }

  /** The line that begins here; null when it is blank. */
  private @Nullable LogLine take() {
    int start = at;
    int end = start;
    while (end < payload.length && payload[end] != '\n') {
      end++;
    }
    at = end + 1;
    while (start < end && blank(start)) {
      start++;
    }
    while (end > start && blank(end - 1)) {
      end--;
    }
    return start == end || (end - start == 3 && byteOrderMark(start))
        ? null
        : reader.line(payload, start, end);
  }

  /** What stands around a line and is none of it; firmware sends the NUL of its strings too. */
  private boolean blank(int place) {
    byte b = payload[place];
    return b == ' ' || b == '\t' || b == '\r' || b == 0;
  }

  private boolean byteOrderMark(int place) {
    return payload[place] == (byte) 0xef
        && payload[place + 1] == (byte) 0xbb
        && payload[place + 2] == (byte) 0xbf;
  }

  private @Nullable Bad further() {
    if (firstFurther == null) {
      return null;
    }
    Bad first = reader.named(firstFurther);
    int lines = bad - MAX_BAD;
    firstFurther = null;
    String reason =
        lines + " further lines of one message cannot be taken, the first: " + first.reason();
    return new Bad(first.raw(), reason, first.entityId(), lines);
  }
}
