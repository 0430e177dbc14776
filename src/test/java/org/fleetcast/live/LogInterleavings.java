package org.fleetcast.live;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;

/**
 * The log and a session, as a publisher, a stream and a request use them at once: Lincheck looks
 * for an interleaving of their steps in which any of them sees what no order of whole operations
 * gives. That these do what is promised is another matter, see {@link LogPropertyTest}; so is a log
 * that lets go of events, of which a stream may find nothing for a moment before it is woken.
 *
 * <p>A program of its own, since Lincheck changes each class that a process has loaded: among those
 * of all tests it would take minutes.
 */
public class LogInterleavings {
  private static final int ALL = 1 << 16;

  /** What is encoded in one thread needs no other order of its steps. */
  private static final String[] ENCODED = {
    Frames.class.getName(), Publication.class.getName(), NumberedLine.class.getName()
  };

  private static final String STORED = LogStore.class.getName();

  private final LogStore store = new LogStore();
  private final Log log = LogStore.log(new ViewerMemory());
  private final Session session =
      new Session(
          "somebody",
          "r1",
          log,
          new Stored(),
          new SubjectUsage(new ViewerMemory(), () -> {}),
          missed -> {});
  private StreamConnection stream = LiveStage.unread(session);
  private EventId received = EventId.NONE;

  /** What is read, on the thread that asks for it. */
  private final class Stored implements EarlierLines {
    @Override
    public void tail(Session session, TailRequest asked) {
      throw new IllegalStateException("nobody asks for one");
    }

    @Override
    public void page(Session session, Replay asked) {
      session.page(asked, store.page(asked, 3));
    }
  }

  public LogInterleavings() {
    open(false, null);
    subscribe("a");
  }

  private void open(boolean resumed, @Nullable EventId last) {
    Session.Start start = session.begin(null, 1, resumed, last, Instant.EPOCH);
    stream = LiveStage.unread(session);
    session.attach(stream, start.number());
    received = start.position();
  }

  private void subscribe(String entity) {
    session.subscribe(Subscription.device(entity.charAt(0), entity, LineFilter.NONE, 0, null), 10);
  }

  @Operation(nonParallelGroup = "publisher")
  public void publishForOne() {
    store.publish(log, "a");
  }

  @Operation(nonParallelGroup = "publisher")
  public void publishForTwo() {
    store.publish(log, "a", "b");
  }

  /** Everything that there is, as it goes over the wire. */
  @Operation(nonParallelGroup = "stream")
  public String take() {
    String taken = next();
    int id = taken.lastIndexOf("id: ");
    if (id >= 0) {
      received = id(taken.substring(id + 4, taken.indexOf('\n', id)));
    }
    return taken;
  }

  /** The same, but it does not arrive. */
  @Operation(nonParallelGroup = "stream")
  public String takeInVain() {
    return next();
  }

  private String next() {
    StringBuilder text = new StringBuilder();
    for (byte[] piece : session.next(stream, ALL).pieces()) {
      text.append(new String(piece, StandardCharsets.UTF_8));
    }
    return text.toString().replace("event: device-logs\ndata: ", "").replace("\n\n", "; ");
  }

  /** As {@link EventId#of} reads it, without patterns, which would be looked into step by step. */
  private static EventId id(String text) {
    int first = text.indexOf('.');
    if (first < 0) {
      return EventId.upTo(Long.parseLong(text));
    }
    int second = text.indexOf('.', first + 1);
    return new EventId(
        Long.parseLong(text.substring(0, first)),
        Long.parseLong(text.substring(first + 1, second)),
        Long.parseLong(text.substring(second + 1)));
  }

  @Operation(nonParallelGroup = "stream")
  public boolean isWaiting() {
    return session.hasWaiting(stream);
  }

  @Operation(nonParallelGroup = "stream")
  public void resume() {
    session.detach(stream, Instant.EPOCH);
    open(true, received);
  }

  @Operation(nonParallelGroup = "request")
  public void subscribe() {
    subscribe("b");
  }

  @Operation(nonParallelGroup = "request")
  public boolean unsubscribe() {
    return session.unsubscribe(Subscription.device('b', "b", LineFilter.NONE, 0, null).selector());
  }

  @Operation(nonParallelGroup = "request")
  public void close() {
    session.end();
  }

  /**
   * Prints what contradicts, and ends with 1 then.
   *
   * @param how {@code threads} or {@code steps}
   */
  public static void main(String... how) {
    try {
      if (how[0].equals("threads")) {
        threads();
      } else {
        steps();
      }
    } catch (Throwable contradiction) {
      System.out.println(contradiction.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  /**
   * Many scenarios at random, in threads as they run: steps are not chosen inside the collections
   * of {@code java.util}, so what these do without their lock is found only so.
   */
  private static void threads() {
    new StressOptions()
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(3)
        .actorsAfter(2)
        .iterations(50)
        .invocationsPerIteration(1_000)
        .check(LogInterleavings.class);
  }

  /** A few, step by step in orders that Lincheck chooses. */
  private static void steps() {
    check(List.of("subscribe"), List.of("publishForTwo"), List.of("take", "take"));
    check(List.of("publishForOne", "takeInVain"), List.of("publishForOne"), List.of("resume"));
    check(List.of("publishForOne"), List.of("close"), List.of("resume", "take"));
  }

  /** What was done before, what one thread does and what another does; then all is taken. */
  private static void check(List<String> before, List<String> one, List<String> other) {
    ExecutionScenario scenario =
        new ExecutionScenario(
            actors(before),
            List.of(actors(one), actors(other)),
            actors(List.of("isWaiting", "take")),
            null);
    new ModelCheckingOptions()
        .iterations(0)
        .invocationsPerIteration(200)
        .addCustomScenario(scenario)
        .addGuarantee(forClasses(ENCODED).allMethods().ignore())
        .addGuarantee(forClasses(STORED).methods("store", "events", "page").ignore())
        .check(LogInterleavings.class);
  }

  private static List<Actor> actors(List<String> names) {
    List<Actor> actors = new ArrayList<>();
    for (String name : names) {
      try {
        actors.add(new Actor(LogInterleavings.class.getMethod(name), List.of()));
      } catch (NoSuchMethodException unknown) {
        throw new IllegalArgumentException(unknown);
      }
    }
    return actors;
  }
}
