package org.fleetcast.live;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The place of one reader, mostly a session's, in one topic. Its cursor is guarded by the reader's
 * lock; that something lies beyond it is marked by the publisher, who takes none.
 */
final class Follow {
  final Topic topic;
  private final Reader reader;
  private final AtomicBoolean dirty = new AtomicBoolean();

  /** The number in the topic of the next event, and how many lines lie before it. */
  long next;

  long lines;

  /** The time up to which its lines were taken, in microseconds since 1970. */
  long at;

  /** The sequence of the last event that is wanted: there is another filter from then on. */
  long end = Long.MAX_VALUE;

  /** Whether its lines wait for a tail. */
  boolean held;

  Follow(Topic topic, Reader reader) {
    this.topic = topic;
    this.reader = reader;
  }

  /** Whose place it is. Both are called by publishers: they neither wait nor throw. */
  interface Reader {
    /** Something came, of a message that is not published yet. */
    void dirty(Follow follow);

    /** The message is published and can be read. */
    void wake();
  }

  /** Something may lie beyond the cursor. */
  void mark() {
    if (!dirty.get() && dirty.compareAndSet(false, true)) {
      reader.dirty(this);
    }
  }

  /** To be called before the topic is read: what comes after that marks it again. */
  void unmark() {
    dirty.set(false);
  }

  void wake() {
    reader.wake();
  }

  /** Puts the cursor there. */
  void to(Item item) {
    next = item.next();
    lines = item.lines();
    at = item.piece().id().at();
  }

  /**
   * What a topic holds next for this reader.
   *
   * @param sequence by which the pieces of several topics are put in order
   * @param next the number of what comes behind it
   * @param lines how many lines lie before that
   */
  record Item(Follow follow, long sequence, Piece piece, long next, long lines) {}
}
