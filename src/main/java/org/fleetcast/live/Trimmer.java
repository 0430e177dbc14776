package org.fleetcast.live;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.ThreadName;

/**
 * Makes what waits for viewers fit into memory when it does not. The greediest subjects lose first:
 * all are cut down to one level, so whoever holds less loses nothing. Of a subject, what is kept
 * for resuming goes first, then lines, which stand as a gap, and last the streams whose readers do
 * not even take what was sent to them. Before all of these go streams that are being closed and
 * whose readers do not take the rest.
 *
 * <p>It looks at all sessions, so it works on a thread of its own and for a fraction of the time.
 */
@Singleton
class Trimmer {
  private static final String WHERE = "trimmer";

  /** So much of the limit is made free at once. */
  private static final int PART_FREED = 8;

  private static final Duration PAUSE = Duration.ofMillis(5);

  /** When nothing worth the work can be freed. */
  private static final Duration LONG_PAUSE = Duration.ofMillis(500);

  /** A part of the limit so small that freeing it is not worth going on. */
  private static final int PART_TOO_SMALL = 1_000;

  private final ViewerMemory memory;
  private final Sessions sessions;
  private final ThreadFactory threads;
  private final LiveMetrics metrics;
  private final InternalFaults faults;
  private long freed;
  private volatile boolean stopped;

  @Inject
  public Trimmer(
      ViewerMemory memory,
      Sessions sessions,
      ManagedThreadFactory threads,
      LiveMetrics metrics,
      InternalFaults faults) {
    this.memory = memory;
    this.sessions = sessions;
    this.threads = threads;
    this.metrics = metrics;
    this.faults = faults;
  }

  /** A session with its share of what waits. */
  private record Part(Session session, long share) {}

  /** All sessions of a subject, the greediest first, with their share. */
  private record Whole(List<Part> parts, long share) {
    static Whole of(Stream<Part> sessions) {
      List<Part> parts = sessions.sorted(Comparator.comparingLong(Part::share).reversed()).toList();
      return new Whole(parts, parts.stream().mapToLong(Part::share).sum());
    }
  }

  void start(@Observes Startup event) {
    threads.newThread(ThreadName.during("trimmer", this::run)).start();
  }

  @PreDestroy
  void stop() {
    stopped = true;
    memory.stop();
  }

  private void run() {
    while (!stopped) {
      memory.awaitExcess();
      while (!stopped && memory.isExceeded()) {
        freed = 0;
        long start = System.nanoTime();
        faults.guard(WHERE, this::trim);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        Thread.interrupted(); // which would keep it from pausing
        LockSupport.parkNanos(pause(took).toNanos());
      }
    }
  }

  /** So long that this takes a part of the time only, even while it does not fit. */
  Duration pause(Duration took) {
    if (freed < memory.limit() / PART_TOO_SMALL) {
      return LONG_PAUSE;
    }
    Duration busy = memory.isExceeded() ? took : took.multipliedBy(2);
    return busy.compareTo(PAUSE) > 0 ? busy : PAUSE;
  }

  /** Makes it fit, if it does not; what comes meanwhile may need another go. */
  void trim() {
    if (memory.isExceeded()) {
      sessions.leaving().forEach(leaving -> faults.guard(WHERE, () -> cut(leaving)));
    }
    if (!memory.isExceeded()) {
      return;
    }
    List<Whole> subjects = sessions.bySubject().stream().map(this::whole).toList();
    List<Long> shares = subjects.stream().map(Whole::share).toList();
    long most = level(shares, excess(shares.stream().mapToLong(share -> share).sum()));
    for (Whole subject : subjects) {
      if (subject.share > most) {
        faults.guard(WHERE, () -> trim(subject, subject.share - most));
      }
    }
    metrics.trimmed(memory.takeTrimmed());
  }

  private Whole whole(Collection<Session> sessions) {
    return Whole.of(sessions.stream().map(this::part));
  }

  /** One that throws counts nothing: it keeps no other from being trimmed. */
  private Part part(Session session) {
    try {
      return new Part(session, session.share());
    } catch (Throwable fault) {
      faults.survived(WHERE, fault);
      return new Part(session, 0);
    }
  }

  /**
   * What the subjects are to lose of their shares: not more than a part at once for bytes that are
   * nobody's share, or those would empty everybody.
   */
  private long excess(long shares) {
    long target = memory.limit() - memory.limit() / PART_FREED;
    return Math.min(memory.used() - target, Math.max(shares - target, shares / PART_FREED));
  }

  private void cut(StreamConnection leaving) {
    long waited = leaving.cutIfBehind();
    if (waited > 0) {
      freed += waited;
      metrics.dropped();
    }
  }

  private void trim(Whole subject, long excess) {
    long rest = excess;
    for (Part part : subject.parts) {
      rest -= rest > 0 ? part.session.trimKept(rest) : 0;
    }
    if (rest > 0) {
      rest -= trimLines(whole(subject.parts.stream().map(Part::session).toList()), rest);
    }
    for (Part part : subject.parts) {
      long cut = rest > 0 ? part.session.cutStalled() : 0;
      if (cut > 0) {
        metrics.dropped();
      }
      rest -= cut;
    }
    freed += excess - rest;
  }

  private static long trimLines(Whole subject, long excess) {
    long most = level(subject.parts.stream().map(Part::share).toList(), excess);
    long freed = 0;
    for (Part part : subject.parts) {
      freed += part.share > most ? part.session.trimLines(part.share - most) : 0;
    }
    return freed;
  }

  /** The level down to which the greatest have to be cut, so that all are that much less in sum. */
  static long level(List<Long> shares, long excess) {
    long room = Math.max(0, shares.stream().mapToLong(share -> share).sum() - excess);
    List<Long> ascending = shares.stream().sorted().toList();
    for (int i = 0; i < ascending.size(); i++) {
      long each = room / (ascending.size() - i);
      if (ascending.get(i) > each) {
        return each;
      }
      room -= ascending.get(i);
    }
    return Long.MAX_VALUE;
  }
}
