package org.fleetcast.live;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.SseEventSink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * One viewer's stream: its subscriptions, and its position in the log.
 *
 * <p>Its life: opened by the first stream of its subject and request id, it has a {@link
 * StreamConnection} for as long as that stream is open. A stream that drops is detached, and the
 * session waits with its subscriptions for the viewer to come back, at no cost; a second stream
 * with the same id takes the place of the first. It ends when nobody came back in time, at logout
 * and at shutdown, and takes its subscriptions with it. Everything here is guarded by the session's
 * own lock, and nothing here waits for the network.
 *
 * <p>To its subject's broadcaster it is an event sink whose {@code send} returns at once.
 */
public final class Session implements SseEventSink {
  /** So long a stream may take from its beginning until it is attached. */
  private static final Duration OPENING = Duration.ofSeconds(5);

  private final String subject;
  private final String requestId;
  private final Log log;
  private final EarlierLines earlierLines;
  private final SubjectUsage usage;
  private final LongConsumer missed;

  /** For what was published before there was a stream; else guarded by this. */
  private final Cursor cursor;

  @GuardedBy("this")
  private final Subscriptions subscriptions;

  @GuardedBy("this")
  private final Arrivals arrivals = new Arrivals();

  /** Whether a stream of it counts for its subject. */
  @GuardedBy("this")
  private boolean counted;

  @GuardedBy("this")
  private @Nullable Instant detachedAt;

  @GuardedBy("this")
  private long streams;

  @GuardedBy("this")
  private boolean ended;

  @GuardedBy("this")
  private CloseReason closeReason = CloseReason.REPLACED;

  /**
   * @param usage what its subject has taken; kept up to date
   * @param missed called with how many lines each gap stands for
   */
  Session(
      String subject,
      String requestId,
      Log log,
      EarlierLines earlierLines,
      SubjectUsage usage,
      LongConsumer missed) {
    this.subject = subject;
    this.requestId = requestId;
    this.log = log;
    this.earlierLines = earlierLines;
    this.usage = usage;
    this.missed = missed;
    this.cursor = new Cursor(log);
    this.subscriptions = new Subscriptions(log, cursor, usage);
  }

  public String requestId() {
    return requestId;
  }

  /** The time of the last line that was published, in microseconds since 1970. */
  public long published() {
    return log.published().position();
  }

  /** Whose it is. */
  public String subject() {
    return subject;
  }

  /**
   * Follows a device, a model or the fleet; twice is the same as once, but for another filter,
   * which replaces the one before. What was stored before is read as far as it is asked for.
   *
   * @throws Problem 429 when the stream already follows as many as it may
   */
  public void subscribe(Subscription wanted, int limit) {
    subscribe(wanted, limit, null);
  }

  /**
   * Waits a little for where a subscription is to begin, which another replica may have shown.
   *
   * @param asked when a viewer came with it, by the steady clock
   * @param since from when on it may be waited for
   * @throws Problem 503 when this replica is further behind
   */
  void await(Subscription wanted, Instant asked, Instant since) {
    EventId after = wanted.after();
    if (after != null) {
      log.await(after, asked, since);
    }
  }

  /**
   * The same; nothing is done when a request for the same that arrived later was done already.
   *
   * @param arrived when it was asked for; null for one that is always done
   */
  void subscribe(Subscription wanted, int limit, @Nullable Instant arrived) {
    follow(wanted, limit, arrived).ifPresent(asked -> earlierLines.tail(this, asked));
    goOn();
  }

  /** Gives the tail that is to be read for it; its lines wait until then. */
  private synchronized Optional<TailRequest> follow(
      Subscription wanted, int limit, @Nullable Instant arrived) {
    if (ended) {
      throw noBinding();
    }
    if (arrivals.isLate(wanted.selector(), arrived)) {
      return Optional.empty();
    }
    boolean fresh = subscriptions.feed(wanted.scope()) == null;
    boolean again = subscriptions.has(wanted.selector(), wanted.scope());
    Feed feed = subscriptions.put(wanted.selector(), wanted.scope(), wanted.filter(), limit);
    arrivals.done(wanted.selector(), arrived);
    EventId after = wanted.after();
    if (after != null) {
      if (!again) {
        joinAfter(feed, after, fresh);
      }
    } else if (wanted.tail() > 0) {
      return feed.hold(wanted);
    }
    return Optional.empty();
  }

  @GuardedBy("this")
  private void joinAfter(Feed feed, EventId after, boolean fresh) {
    if (after.isWithin(log.published().position())) {
      boolean alone = subscriptions.feeds().size() == 1; // else another may have sent some of it
      feed.joinAfter(after, fresh && alone).ifPresent(cursor::replay);
    } else {
      cursor.put(Gap.ofUnknown(feed.scope(), Instant.now(), cursor.position()));
    }
  }

  /** Shows a tail, and then what waited for it. */
  public void release(TailRequest asked, Tail read) {
    Optional<TailRequest> next;
    synchronized (this) {
      Subscription wanted = asked.wanted();
      Feed feed = subscriptions.feed(wanted.scope());
      if (feed == null || !feed.awaits(asked)) {
        return; // nobody follows it any more
      }
      Subscriptions others = subscriptions;
      feed.show(wanted, read, part -> others.unsent(part, wanted.scope()));
      next = feed.release();
    }
    next.ifPresent(later -> earlierLines.tail(this, later));
    goOn();
  }

  /** Takes a page of a replay. */
  public void page(Replay asked, Replay.Page read) {
    synchronized (this) {
      List<Scope> own = asked.parts().stream().map(Replay.Part::scope).toList();
      List<Piece> pieces = new ArrayList<>();
      for (Piece piece : read.pieces()) {
        if (piece instanceof Publication lines) {
          subscriptions.unsent(lines, own).ifPresent(pieces::add);
        } else {
          pieces.add(piece);
        }
      }
      Replay.Page unsent = new Replay.Page(pieces, read.parts(), read.reached());
      if (!cursor.page(asked, unsent, subscriptions.feeds())) {
        return; // it was replaced by another
      }
    }
    goOn();
  }

  /** Asks for what is to be read, and wakes the stream for what was. */
  private void goOn() {
    Replay wanted;
    boolean waiting;
    synchronized (this) {
      wanted = cursor.nextPage();
      waiting = cursor.isWaiting();
    }
    if (wanted != null) {
      earlierLines.page(this, wanted);
    }
    StreamConnection open = cursor.connection();
    if (waiting && open != null) {
      open.wake();
    }
  }

  /** Stops following something; says whether it was followed. */
  @CanIgnoreReturnValue
  public boolean unsubscribe(Selector selector) {
    return unsubscribe(selector, null);
  }

  /**
   * The same; nothing is done when a request for the same that arrived later was done already.
   *
   * @param arrived when it was asked for; null for one that is always done
   */
  synchronized boolean unsubscribe(Selector selector, @Nullable Instant arrived) {
    if (arrivals.isLate(selector, arrived)) {
      return true; // it would have been followed until then
    }
    arrivals.done(selector, arrived);
    return subscriptions.remove(selector);
  }

  /** Says whether it follows that device, or did. */
  synchronized boolean move(int deviceId, @Nullable String entityId) {
    return subscriptions.move(deviceId, entityId);
  }

  /** What it follows, each with the position from which on its viewer is to have it. */
  synchronized List<Subscription> kept() {
    return subscriptions.kept();
  }

  /** Goes on with what was kept of it at another replica. */
  synchronized void adopt(List<Subscription> kept, int limit) {
    for (Subscription each : kept) {
      Feed feed = subscriptions.put(each.selector(), each.scope(), each.filter(), limit);
      EventId joined = each.after();
      if (joined != null) {
        feed.joinedAt(joined);
      }
    }
  }

  /** The refusal when a caller has no stream of the id that it names. */
  static Problem noBinding() {
    return Problem.of(
        ProblemCode.AUTHORIZATION_FAILED, "No identity binding for this SSE connection");
  }

  /** Fails once the session has ended: that is how a broadcaster learns to let go of it. */
  @Override
  public CompletionStage<?> send(OutboundSseEvent event) {
    synchronized (this) {
      if (ended) {
        return CompletableFuture.failedFuture(new IllegalStateException("The session is over"));
      }
      if (event != StreamEvent.ROTATION_UPDATED) {
        return CompletableFuture.completedFuture(null);
      }
      cursor.nudge();
    }
    goOn();
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public synchronized boolean isClosed() {
    return ended;
  }

  /** Called by the broadcaster when it closes, which happens only after the session ended. */
  @Override
  public void close() {
    // Sessions decides when a session ends; a broadcaster that goes away ends nothing.
  }

  /**
   * What a stream is sent first.
   *
   * @param number which of the session's streams it is; only the latest can attach
   * @param position where it begins
   * @param replaced the stream that was open until now
   * @param left how far that one had come
   */
  record Start(
      long number,
      byte[] ready,
      EventId position,
      @Nullable StreamConnection replaced,
      EventId left) {}

  /**
   * Takes the stream that was there out of the way and puts the cursor to where the new one starts.
   *
   * @param first what it follows from its beginning, besides what the session follows already. Its
   *     tail is read after the cursor was put, which lets go of all that was read before
   * @param limit how many subscriptions it may have
   * @param lastId the id of the last event that the viewer has; null when it does not say
   * @param now by the steady clock, as everywhere here
   * @throws Problem as {@link #subscribe}; then nothing has changed
   */
  Start begin(
      @Nullable Subscription first,
      int limit,
      boolean resumed,
      @Nullable EventId lastId,
      Instant now) {
    Optional<TailRequest> tail = first == null ? Optional.empty() : follow(first, limit, null);
    Start start = beginAt(resumed, lastId, now);
    tail.ifPresent(asked -> earlierLines.tail(this, asked));
    goOn();
    return start;
  }

  private synchronized Start beginAt(boolean resumed, @Nullable EventId lastId, Instant now) {
    StreamConnection replaced = cursor.connection();
    EventId left = cursor.position();
    connect(null);
    count(true);
    long last = log.published().position();
    boolean known =
        lastId != null && (lastId.isWithin(last) || (resumed && lastId.equals(cursor.position())));
    if (lastId == null || !known) {
      begin(resumed, lastId != null);
    } else if (resumed) {
      cursor.resume(lastId, subscriptions.feeds());
    } else {
      cursor.startAt(lastId);
    }
    // A stream that never gets as far as attaching is not waited for.
    detachedAt = now.plus(OPENING);
    EventId position = cursor.position();
    byte[] ready = Frames.ready(requestId, resumed, subscriptions.byDevice().keySet(), position);
    return new Start(++streams, ready, position, replaced, left);
  }

  @GuardedBy("this")
  private void begin(boolean resumed, boolean unknown) {
    if (resumed) {
      cursor.startAnew(subscriptions.feeds());
    } else {
      cursor.startAt(
          subscriptions.feeds().stream()
              .map(Feed::joined)
              .min(Comparator.naturalOrder())
              .orElse(log.published().id()));
    }
    if (resumed && unknown) {
      cursor.put(Gap.ofUnknown(Scope.FLEET, Instant.now(), cursor.position()));
    }
  }

  /** Makes it the session's stream; false when a later one or the end of the session was faster. */
  synchronized boolean attach(StreamConnection opened, long number) {
    if (ended || number != streams) {
      return false;
    }
    connect(opened);
    detachedAt = null;
    return true;
  }

  /** Why a stream is closed that came too late to {@link #attach}. */
  synchronized CloseReason closeReason() {
    return closeReason;
  }

  @GuardedBy("this")
  private void connect(@Nullable StreamConnection next) {
    cursor.connect(next, subscriptions.follows());
  }

  @GuardedBy("this")
  private void count(boolean now) {
    if (counted != now) {
      counted = now;
      usage.connected().addAndGet(now ? 1 : -1);
    }
  }

  /** Whether it has a stream, or one that begins. */
  synchronized boolean isCounted() {
    return counted;
  }

  /** A stream that was begun will not be attached. Nothing if it was replaced since. */
  synchronized void neverBegan(long number) {
    if (number == streams && cursor.connection() == null) {
      count(false);
    }
  }

  /** The stream is gone; the session waits for another. Nothing if another is there already. */
  synchronized void detach(StreamConnection gone, Instant now) {
    if (cursor.connection() == gone) {
      connect(null);
      count(false);
      detachedAt = now;
    }
  }

  /**
   * Takes the stream off the session, with the bytes that close it: what still waits, unless its
   * reader is behind, and the farewell. What comes later waits for the next stream.
   */
  synchronized Frames.Chunk close(StreamConnection closing, CloseReason reason, Instant now) {
    // Who is behind already would only hold it.
    Frames.Chunk waiting =
        closing.isBehind() ? Frames.Chunk.NOTHING : take(closing, Topic.MAX_BYTES);
    List<byte[]> last = new ArrayList<>(waiting.pieces());
    detach(closing, now);
    if (reason == CloseReason.SHUTDOWN) {
      last.add(Frames.retry());
    }
    last.addAll(Frames.close(reason, closing.format(), cursor.position()));
    return Frames.Chunk.of(last);
  }

  @Nullable StreamConnection connection() {
    return cursor.connection();
  }

  /** Ends it if nobody has come back to it since that moment; says whether it is over. */
  synchronized boolean endIfAbandonedSince(Instant moment) {
    if (cursor.connection() == null && detachedAt != null && detachedAt.isBefore(moment)) {
      end();
    }
    return ended;
  }

  /** Since when it waits for a stream; the far future while it has one. */
  synchronized Instant waitingSince() {
    return detachedAt == null ? Instant.MAX : detachedAt;
  }

  /** From now on no stream attaches and nothing is subscribed; returns the stream that is open. */
  synchronized @Nullable StreamConnection seal(CloseReason reason) {
    if (!ended) {
      ended = true;
      closeReason = reason;
    }
    return cursor.connection();
  }

  /** Ends the session with its subscriptions. */
  synchronized void end() {
    ended = true;
    connect(null);
    count(false);
    subscriptions.clear();
  }

  /** Whether anything waits for that stream. */
  synchronized boolean hasWaiting(StreamConnection asking) {
    return cursor.connection() == asking && cursor.isWaiting();
  }

  /**
   * The next bytes for that stream, in pieces: about that many bytes at most, none when nothing
   * waits or when it is not this session's stream any more.
   */
  Frames.Chunk next(StreamConnection asking, int maxBytes) {
    Frames.Chunk chunk;
    Replay wanted;
    synchronized (this) {
      chunk = take(asking, maxBytes);
      wanted = cursor.nextPage();
    }
    if (wanted != null) {
      earlierLines.page(this, wanted);
    }
    return chunk;
  }

  @GuardedBy("this")
  private Frames.Chunk take(StreamConnection asking, int maxBytes) {
    if (cursor.connection() != asking || !cursor.isWaiting()) {
      return Frames.Chunk.NOTHING;
    }
    Cursor.Batch batch = cursor.take(maxBytes, subscriptions.feeds());
    for (Cursor.Taken taken : batch.pieces()) {
      if (taken.piece() instanceof Gap gap) {
        missed.accept(gap.count());
      }
    }
    Subscriptions all = subscriptions;
    return Frames.Chunk.of(Frames.batch(batch, asking.format(), all::deviceOf));
  }

  /** Whether it follows a model or the fleet. */
  public synchronized boolean isOfMany() {
    return subscriptions.isOfMany();
  }

  /** The devices followed, with the entity id of each. */
  public synchronized Map<Integer, String> subscriptions() {
    return Map.copyOf(subscriptions.byDevice());
  }
}
