package org.fleetcast.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.SseEventSink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
 * One viewer's stream: its mailbox and its subscriptions.
 *
 * <p>Its life: opened by the first stream of its subject and request id, it has a {@link
 * Connection} for as long as that stream is open. A stream that drops is detached, and the session
 * waits with its subscriptions for the viewer to come back, and finds then what came meanwhile in
 * the {@link Backlog} of each entity; a second stream with the same id takes the place of the
 * first. It ends when nobody came back in time, at logout and at shutdown, and takes its
 * subscriptions with it. Everything here is guarded by the session's own lock, and nothing here
 * waits for the network.
 *
 * <p>To its subject's broadcaster it is an event sink whose {@code send} returns at once.
 */
public final class Session implements SseEventSink {
  /** So long a stream may take from its beginning until it is attached. */
  private static final Duration OPENING = Duration.ofSeconds(5);

  private final String subject;
  private final String requestId;
  private final ViewerMemory memory;

  @GuardedBy("this")
  private final Mailbox mailbox;

  @GuardedBy("this")
  private final Subscriptions subscriptions;

  private final SubjectUsage usage;
  private final LongConsumer missed;

  @GuardedBy("this")
  private @Nullable StreamConnection connection;

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
   * @param missed told how many lines each gap stands for
   */
  Session(
      String subject,
      String requestId,
      TopicIndex followers,
      SubjectUsage usage,
      LongConsumer missed) {
    this.usage = usage;
    this.missed = missed;
    this.subject = subject;
    this.requestId = requestId;
    this.memory = followers.memory();
    this.mailbox = new Mailbox(memory);
    this.subscriptions = new Subscriptions(this, mailbox, followers, usage);
  }

  public String requestId() {
    return requestId;
  }

  /** Where what waits here counts. */
  ViewerMemory memory() {
    return memory;
  }

  /** Whose it is. */
  public String subject() {
    return subject;
  }

  /**
   * Follows a device; twice is the same as once, but for another filter, which replaces the one
   * before.
   *
   * @return what the caller has to {@link #release} when it has read the tail that was asked for
   * @throws Problem 429 when the stream already follows as many devices as it may
   */
  public synchronized Optional<PendingTail> subscribe(Subscription wanted, int limit) {
    if (ended) {
      throw noBinding();
    }
    return subscriptions.put(wanted, limit);
  }

  /** Shows a tail and then what was held for it. What it gives is to be released next. */
  public Optional<PendingTail> release(PendingTail over, Tail tail) {
    Optional<PendingTail> next;
    StreamConnection wake;
    synchronized (this) {
      TopicSubscription feed = subscriptions.feed(over.wanted().entityId());
      if (feed == null) {
        return Optional.empty(); // nobody follows it any more
      }
      next = feed.release(over, tail, mailbox);
      wake = connection;
      if (wake == null) {
        subscriptions.leave();
      }
    }
    wake(wake);
    return next;
  }

  /** Stops following a device; says whether it was followed. */
  public synchronized boolean unsubscribe(int deviceId) {
    return subscriptions.remove(deviceId);
  }

  synchronized void move(int deviceId, @Nullable String entityId) {
    subscriptions.move(deviceId, entityId);
  }

  /** The refusal when a caller has no stream of the id that it names. */
  static Problem noBinding() {
    return Problem.of(
        ProblemCode.AUTHORIZATION_FAILED, "No identity binding for this SSE connection");
  }

  /** Puts log lines into the mailbox, as far as they are still wanted. Never waits. */
  void publish(TopicSubscription feed, Publication lines) {
    StreamConnection wake;
    synchronized (this) {
      if (!feed.offer(lines, mailbox)) {
        return;
      }
      wake = connection;
    }
    wake(wake);
  }

  /** Leaves a gap in the place of lines that could not be put into the mailbox. */
  void miss(TopicSubscription feed, Publication lines) {
    StreamConnection wake;
    synchronized (this) {
      feed.miss(lines.summary(), mailbox);
      wake = connection;
    }
    wake(wake);
  }

  private static void wake(@Nullable StreamConnection open) {
    if (open != null) {
      open.wake();
    }
  }

  /** Fails once the session has ended: that is how a broadcaster learns to let go of it. */
  @Override
  public CompletionStage<?> send(OutboundSseEvent event) {
    StreamConnection wake = null;
    synchronized (this) {
      if (ended) {
        return CompletableFuture.failedFuture(new IllegalStateException("The session is over"));
      }
      if (event instanceof StreamEvent published && published != StreamEvent.NOTHING) {
        mailbox.put(published);
        wake = connection;
      }
    }
    wake(wake);
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
   * What a stream is told first.
   *
   * @param number which of the session's streams it is; only the latest can attach
   * @param replaced the stream that was open until now
   */
  record Start(long number, byte[] ready, @Nullable StreamConnection replaced) {}

  /**
   * Takes the stream that was there out of the way and winds the mailbox to where the new one
   * starts. Events wait in the mailbox until {@link #attach}.
   *
   * @param lastId the id of the last event that the viewer has; null when it does not say
   * @param now by the steady clock, as everywhere here
   */
  synchronized Start begin(boolean resumed, @Nullable Long lastId, Instant now) {
    subscriptions.comeBack();
    if (resumed && lastId != null) {
      mailbox.rewind(lastId);
      if (!mailbox.gaveOut(lastId)) {
        subscriptions.forgetSent();
        if (mailbox.isEmpty()) {
          mailbox.put(Frames.gapOfUnknown(Instant.now())); // a time of day, for the client
        }
      }
    } else {
      mailbox.skip();
      subscriptions.forgetSent();
    }
    byte[] ready = Frames.ready(requestId, resumed, subscriptions.devices(), mailbox.lastTaken());
    StreamConnection replaced = connection;
    connect(null);
    detachedAt =
        now.plus(OPENING); // a stream that never gets as far as attaching is not waited for
    return new Start(++streams, ready, replaced);
  }

  /** Makes it the session's stream; false when a later one or the end of the session was faster. */
  synchronized boolean attach(StreamConnection opened, long number) {
    if (ended || number != streams) {
      return false;
    }
    subscriptions.comeBack(); // a tail may have been released meanwhile
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
    usage.connected().addAndGet((next == null ? 0 : 1) - (connection == null ? 0 : 1));
    connection = next;
  }

  /** The stream is gone; the session waits for another. Nothing if another is there already. */
  synchronized void detach(StreamConnection gone, Instant now) {
    if (connection == gone) {
      connect(null);
      detachedAt = now;
      subscriptions.leave();
    }
  }

  /**
   * Takes the stream off the session, with the bytes that close it: what still waits, unless its
   * reader is behind, and the farewell. What comes later waits for the next stream.
   */
  synchronized Frames.Chunk close(StreamConnection closing, CloseReason reason, Instant now) {
    // Who is behind already would only hold it, where nothing can be trimmed.
    Frames.Chunk waiting =
        closing.isBehind() ? Frames.Chunk.NOTHING : next(closing, Mailbox.MAX_BYTES);
    List<byte[]> last = new ArrayList<>(waiting.pieces());
    detach(closing, now);
    if (reason == CloseReason.SHUTDOWN) {
      last.add(Frames.retry());
    }
    last.addAll(Frames.close(reason, closing.format(), mailbox.lastTaken()));
    return new Frames.Chunk(last, waiting.items());
  }

  synchronized @Nullable StreamConnection connection() {
    return connection;
  }

  /** Ends it if nobody has come back to it since that moment; says whether it is over. */
  synchronized boolean endIfAbandonedSince(Instant moment) {
    if (connection == null && detachedAt != null && detachedAt.isBefore(moment)) {
      end();
    }
    return ended;
  }

  /** Since when it waits for a stream; the far future while it has one. */
  synchronized Instant waitingSince() {
    return detachedAt == null ? Instant.MAX : detachedAt;
  }

  /** From now on no stream attaches and nothing is subscribed; gives the stream that is open. */
  synchronized @Nullable StreamConnection seal(CloseReason reason) {
    if (!ended) {
      ended = true;
      closeReason = reason;
    }
    return connection;
  }

  /** Ends the session with its subscriptions. */
  synchronized void end() {
    ended = true;
    subscriptions.clear();
    mailbox.clear(); // the broadcaster may hold on to this session for long
    connect(null);
  }

  /** Whether anything waits for that stream. */
  synchronized boolean hasWaiting(StreamConnection asking) {
    return connection == asking && !mailbox.isEmpty();
  }

  /**
   * The next bytes for that stream, in pieces: about that many bytes at most, none when nothing
   * waits or when it is not this session's stream any more.
   */
  Frames.Chunk next(StreamConnection asking, int maxBytes) {
    Mailbox.Batch batch;
    synchronized (this) {
      if (connection != asking || mailbox.isEmpty()) {
        return Frames.Chunk.NOTHING;
      }
      batch = mailbox.take(maxBytes);
    }
    batch.gaps().forEach(gap -> missed.accept(gap.lines().count()));
    List<byte[]> pieces = Frames.batch(batch, asking.format(), this::deviceOf);
    return new Frames.Chunk(pieces, batch.items());
  }

  /** What it takes of all that waits for viewers: its share of what others hold too. */
  synchronized long share() {
    long unsent = connection == null ? 0 : connection.unsent();
    return mailbox.share() + subscriptions.share() + unsent;
  }

  /** Frees about that much of what is kept for a viewer that comes back; says how much it was. */
  synchronized long trimKept(long wanted) {
    long freed = subscriptions.giveUp(wanted);
    return freed + (freed < wanted ? mailbox.trim(wanted - freed, true) : 0);
  }

  /** Frees about that much of what was not sent yet, for which gaps stand; says how much it was. */
  synchronized long trimLines(long wanted) {
    long freed = mailbox.trim(wanted, false);
    return freed + (freed < wanted ? subscriptions.trim(wanted - freed) : 0);
  }

  /** Cuts the stream if its reader does not take what was sent; says how much waited for it. */
  long cutStalled() {
    StreamConnection stalled = connection();
    return stalled == null ? 0 : stalled.cutIfBehind();
  }

  private synchronized @Nullable Integer deviceOf(String entityId) {
    return subscriptions.deviceOf(entityId);
  }

  /** The devices followed, with the entity id of each. */
  public synchronized Map<Integer, String> subscriptions() {
    return subscriptions.byDevice();
  }
}
