package org.fleetcast.bench;

import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * One stream as its reader sees it: the head of the answer, then events, of which it knows the
 * numbered lines that {@link Messages} makes, gaps and nudges. Used by the thread of {@link
 * Sockets} alone.
 */
final class Reader {
  private static final byte[] TIME = bytes("\"ts\":");
  private static final byte[] NUMBER = bytes(",\"seq\":");
  private static final byte[] GAP = bytes("event: gap");
  private static final byte[] NUDGE = bytes("event: rotation-updated");
  private static final byte[] ID = bytes("id: ");
  private static final byte[] READY = bytes("data: {\"request_id\"");
  private static final byte[] FORGOTTEN = bytes("\"resumed\":false");
  private static final byte[] HEAD_END = bytes("\r\n\r\n");
  private static final int IN_SIZE_LINE = -1;

  /** What is told to whoever counts, line by line. */
  interface Heard {
    void line(long sentNanos);

    void nudge();

    /** The server does not know this stream yet, or any more. */
    default void forgotten(Reader reader) {}
  }

  final SocketChannel channel;
  final long number;
  final boolean passing;
  private final Heard heard;
  private byte[] rest = new byte[0];
  private boolean chunked;
  private long chunkLeft = IN_SIZE_LINE;
  private long chunkSize;

  /** Of the last event; "" before the first one. */
  String lastId = "";

  int status;
  boolean stopped;
  long received;
  long doubled;
  long missing;
  long gaps;
  long last = -1;

  /**
   * @param number which of those who read from the same place
   * @param passing whether it leaves as soon as it is let in
   */
  Reader(SocketChannel channel, long number, boolean passing, Heard heard) {
    this.channel = channel;
    this.number = number;
    this.passing = passing;
    this.heard = heard;
  }

  /** The same reader on another connection, with all that it has heard. */
  Reader returned(SocketChannel another) {
    Reader reader = new Reader(another, number, passing, heard);
    reader.lastId = lastId;
    reader.received = received;
    reader.doubled = doubled;
    reader.missing = missing;
    reader.gaps = gaps;
    reader.last = last;
    return reader;
  }

  boolean isOpen() {
    return status == 200;
  }

  /**
   * Takes what was read.
   *
   * @param text room for what was left last time and all of this
   */
  void take(ByteBuffer in, byte[] text) {
    System.arraycopy(rest, 0, text, 0, rest.length);
    int end = rest.length;
    if (status == 0) {
      int got = in.remaining();
      in.get(text, end, got);
      int head = find(text, 0, end + got, HEAD_END);
      if (head < 0) {
        rest = Arrays.copyOf(text, end + got);
        return;
      }
      readHead(new String(text, 0, head, StandardCharsets.ISO_8859_1));
      int body = head + HEAD_END.length;
      in.position(in.limit() - (end + got - body));
      end = 0;
    }
    end = decode(in, text, end);
    rest = Arrays.copyOfRange(text, lines(text, end), end);
  }

  private void readHead(String head) {
    status = Integer.parseInt(head.substring(9, 12));
    chunked = head.toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked");
  }

  private int decode(ByteBuffer in, byte[] text, int end) {
    int to = end;
    while (in.hasRemaining()) {
      if (chunked && chunkLeft <= 0) {
        readSize(in.get());
      } else {
        int part = chunked ? (int) Math.min(chunkLeft, in.remaining()) : in.remaining();
        in.get(text, to, part);
        to += part;
        chunkLeft -= part;
      }
    }
    return to;
  }

  /** A size line, after the end of the line of the chunk before. */
  private void readSize(byte next) {
    int digit = Character.digit(next, 16);
    if (digit >= 0) {
      chunkSize = chunkSize * 16 + digit;
      chunkLeft = IN_SIZE_LINE;
    } else if (next == '\n' && chunkLeft == IN_SIZE_LINE) {
      chunkLeft = chunkSize;
      chunkSize = 0;
    }
  }

  /** Reads all whole lines; gives where the rest begins. */
  private int lines(byte[] text, int end) {
    int start = 0;
    for (int at = 0; at < end; at++) {
      if (text[at] == '\n') {
        line(text, start, at);
        start = at + 1;
      }
    }
    return start;
  }

  private void line(byte[] text, int from, int to) {
    if (startsWith(text, from, to, ID)) {
      lastId = new String(text, from + ID.length, to - from - ID.length, StandardCharsets.US_ASCII);
    }
    if (to - from < GAP.length) {
      return;
    }
    if (startsWith(text, from, to, READY)) {
      if (find(text, from, to, FORGOTTEN) >= 0) {
        heard.forgotten(this);
      }
    } else if (text[from] == 'd') {
      numbers(text, from, to);
    } else if (startsWith(text, from, to, GAP)) {
      gaps++;
    } else if (startsWith(text, from, to, NUDGE)) {
      heard.nudge();
    }
  }

  private void numbers(byte[] text, int from, int to) {
    for (int at = find(text, from, to, TIME); at >= 0; at = find(text, at, to, TIME)) {
      long sent = 0;
      for (at += TIME.length; at < to && isDigit(text[at]); at++) {
        sent = sent * 10 + text[at] - '0';
      }
      if (startsWith(text, at, to, NUMBER)) {
        long number = 0;
        for (at += NUMBER.length; at < to && isDigit(text[at]); at++) {
          number = number * 10 + text[at] - '0';
        }
        count(number);
        heard.line(sent);
      }
    }
  }

  private void count(long number) {
    received++;
    if (number <= last) {
      doubled++;
    } else {
      missing += last < 0 ? 0 : number - last - 1;
      last = number;
    }
  }

  private static boolean isDigit(byte one) {
    return one >= '0' && one <= '9';
  }

  private static boolean startsWith(byte[] text, int from, int to, byte[] start) {
    return to - from >= start.length
        && Arrays.equals(text, from, from + start.length, start, 0, start.length);
  }

  private static int find(byte[] text, int from, int to, byte[] wanted) {
    for (int at = from; at <= to - wanted.length; at++) {
      if (text[at] == wanted[0] && text[at + 1] == wanted[1] && startsWith(text, at, to, wanted)) {
        return at;
      }
    }
    return -1;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
