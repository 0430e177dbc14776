package org.fleetcast.live;

import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseBroadcaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.DiscardedOutput;
import org.fleetcast.Stub;
import org.fleetcast.identity.LoginLease;
import org.fleetcast.identity.LoginLeases;
import org.fleetcast.identity.RequestArrival;
import org.fleetcast.live.transport.ServletWriterPool;
import org.fleetcast.live.transport.StreamTransport;
import org.fleetcast.live.transport.Transports;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/** The live side without a container: streams are opened as requests would, step by step. */
final class LiveStage {
  private static final AsyncContext NEVER_ASKED =
      (AsyncContext)
          Proxy.newProxyInstance(
              LiveStage.class.getClassLoader(),
              new Class<?>[] {AsyncContext.class},
              (proxy, method, arguments) -> {
                throw new IllegalStateException(method.getName());
              });

  /** What most of its streams follow. */
  static final Subscription A = Subscription.device(1, "a", LineFilter.NONE, 0, null);

  final Queue<String> counted = new ConcurrentLinkedQueue<>();
  final InternalFaults faults = new InternalFaults(counted::add, SteadyClock.INSTANCE);
  final StreamLimits limits;
  final ViewerMemory memory;
  final Sessions sessions;
  final Earlier earlier = new Earlier();

  /** Whether the logins of all readers have ended. */
  volatile boolean signedOut;

  /** How long the token is still good by which streams are opened. */
  Duration tokenLife = Duration.ofMinutes(5);

  /** How many streams hold a login. */
  final AtomicInteger held = new AtomicInteger();

  final ServletWriterPool writers =
      new ServletWriterPool(Stub.of(ManagedThreadFactory.class), faults);

  /** The step that fails, and how; null for none. */
  @Nullable String failing;

  Throwable failure = new IllegalStateException("injected");

  LiveStage(int connections) {
    this(connections, SteadyClock.INSTANCE);
  }

  LiveStage(int connections, Clock clock) {
    this(connections, clock, new ViewerMemory());
  }

  LiveStage(int connections, Clock clock, ViewerMemory memory) {
    this(connections, connections, clock, memory);
  }

  LiveStage(int connections, int ofSubject, Clock clock, ViewerMemory memory) {
    this.memory = memory;
    String most = Integer.toString(connections);
    limits = new StreamLimits("named", "15", "60", "60", most, Integer.toString(ofSubject), "10");
    LiveMetrics metrics = new LiveMetrics(Stub.of(MetricRegistry.class));
    sessions = new Sessions(limits, metrics, memory, entity -> Set.of(1), earlier, faults, clock);
  }

  /** Keeps what is to be read, until a test answers it. */
  static final class Earlier implements EarlierLines {
    final Queue<TailRequest> tails = new ConcurrentLinkedQueue<>();
    final Queue<Replay> pages = new ConcurrentLinkedQueue<>();

    /** What is read at once; null to wait for the test. */
    @Nullable Tail stored;

    @Override
    public void tail(Session session, TailRequest asked) {
      if (stored == null) {
        tails.add(asked);
      } else {
        session.release(asked, stored);
      }
    }

    @Override
    public void page(Session session, Replay asked) {
      pages.add(asked);
    }
  }

  /** One line of the entity a. */
  void publish(LiveLine line) {
    sessions.publish(() -> List.of(new Publication("a", List.of(line))), line.at());
  }

  Streams streams() {
    JsonWebToken caller =
        Stub.of(
            JsonWebToken.class,
            Map.of(
                "getSubject",
                a -> "ann",
                "getExpirationTime",
                a -> Instant.now().plus(tokenLife).getEpochSecond()));
    Transports wires =
        new Transports(Stub.of(ManagedThreadFactory.class), writers, faults, List.of());
    LoginLeases logins =
        request -> {
          held.incrementAndGet();
          return new Lease(Instant.MAX, () -> false, held::decrementAndGet);
        };
    return new Streams(sessions, limits, caller, logins, wires, memory, faults);
  }

  /** Throws where the test wants it. */
  private <T> T step(String name, T result) throws Throwable {
    if (name.equals(failing)) {
      throw failure;
    }
    return result;
  }

  StreamRequest request() {
    AsyncContext async =
        Stub.of(AsyncContext.class, Map.of("setTimeout", a -> step("setTimeout", "")));
    HttpServletResponse response =
        Stub.of(
            HttpServletResponse.class,
            Map.of(
                "setStatus", a -> step("setStatus", ""),
                "flushBuffer", a -> step("flushBuffer", ""),
                "getOutputStream", a -> step("getOutputStream", new DiscardedOutput())));
    Map<String, Object> attributes = new HashMap<>();
    HttpServletRequest request =
        Stub.of(
            HttpServletRequest.class,
            Map.of(
                "getAttribute", a -> attributes.get(a[0]),
                "setAttribute", a -> attributes.put((String) a[0], a[1]),
                "getMethod", a -> "GET",
                "getAsyncContext", a -> step("getAsyncContext", withResponse(async, response))));
    RequestArrival.of(request);
    StreamRequest made = new StreamRequest();
    made.request = request;
    made.response = response;
    made.sse = Stub.of(Sse.class, Map.of("newBroadcaster", a -> step("newBroadcaster", home())));
    return made;
  }

  private static AsyncContext withResponse(AsyncContext async, HttpServletResponse response) {
    return Stub.of(
        AsyncContext.class,
        Map.of(
            "getResponse",
            a -> response,
            "setTimeout",
            a -> {
              async.setTimeout(0);
              return null;
            }));
  }

  private SseBroadcaster home() {
    return Stub.of(SseBroadcaster.class, Map.of("register", a -> step("register", "")));
  }

  /** Opens a session's stream as far as to its registration. */
  Sessions.Opened open(String requestId, Instant arrived) {
    return open(requestId, arrived, A);
  }

  Sessions.Opened open(String requestId, Instant arrived, @Nullable Subscription first) {
    return sessions.open(new Sessions.Opening("ann", requestId, null, first, arrived), this::home);
  }

  /** A stream that is still to be attached. */
  Reader reader(Sessions.Opened opened) {
    return new Reader(opened, Instant.MAX);
  }

  /** Gives it its stream. */
  Reader attach(Sessions.Opened opened, @Nullable Instant expiresAt) {
    Reader reader = new Reader(opened, expiresAt);
    sessions.attach(opened, reader.connection);
    return reader;
  }

  /**
   * The login of a stream.
   *
   * @param expiresAt null is a fault that a test injects
   */
  @SuppressWarnings("NullAway")
  record Lease(@Nullable Instant expiresAt, BooleanSupplier ended, Runnable closing)
      implements LoginLease {
    @Override
    public boolean hasEnded() {
      return ended.getAsBoolean();
    }

    @Override
    public void close() {
      closing.run();
    }
  }

  /** A stream of a session that nobody reads by itself. */
  static StreamConnection unread(Session session) {
    return new StreamConnection(
        session,
        Format.NAMED,
        new Lease(Instant.MAX, () -> false, () -> {}),
        new byte[0],
        NEVER_ASKED,
        new Asleep(),
        new ViewerMemory(),
        (connection, lastWrite) -> {},
        new InternalFaults(where -> {}, SteadyClock.INSTANCE));
  }

  /** Runs nothing. */
  private static final class Asleep implements StreamTransport {
    @Override
    public void execute(Runnable task) {}

    @Override
    public boolean send(List<byte[]> pieces, Runnable again) {
      return true;
    }

    @Override
    public boolean sendRest(Runnable again) {
      return true;
    }

    @Override
    public void end() {}

    @Override
    public void cut() {}
  }

  /** One who gets all at once, in the caller's thread, and keeps it. */
  final class Reader implements StreamTransport {
    private final ByteArrayOutputStream got = new ByteArrayOutputStream();
    private final AtomicInteger running = new AtomicInteger();
    final StreamConnection connection;
    volatile boolean ended;

    /** Nothing is sent by itself. */
    volatile boolean asleep;

    /** Nothing is taken any more. */
    volatile boolean full;

    /** As over TLS. */
    volatile boolean waits;

    /** Done in the middle of each write. */
    volatile Runnable sending = () -> {};

    private List<byte[]> rest = List.of();

    volatile @Nullable Throwable failing;

    @SuppressWarnings("NullAway") // no end at all is a fault that a test injects
    Reader(Sessions.Opened opened, @Nullable Instant expiresAt) {
      connection =
          new StreamConnection(
              opened.session(),
              Format.NAMED,
              new Lease(expiresAt, () -> signedOut, () -> {}),
              opened.start().ready(),
              Stub.of(AsyncContext.class),
              this,
              memory,
              (over, lastWrite) -> sessions.ended(opened, over, lastWrite),
              faults);
    }

    synchronized String text() {
      return got.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void execute(Runnable task) {
      if (asleep || running.getAndIncrement() > 0) {
        return; // one of a stream at a time: who runs it runs it once more
      }
      do {
        task.run();
      } while (running.decrementAndGet() > 0);
    }

    @Override
    public synchronized boolean send(List<byte[]> pieces, Runnable again) throws IOException {
      if (failing instanceof Error error) {
        throw error;
      }
      sending.run();
      rest = pieces;
      return sendRest(again);
    }

    @Override
    public boolean waits() {
      return waits;
    }

    @Override
    public synchronized boolean sendRest(Runnable again) {
      if (full && !rest.isEmpty()) {
        return false;
      }
      rest.forEach(got::writeBytes);
      rest = List.of();
      return true;
    }

    @Override
    public void end() {
      ended = true;
    }

    @Override
    public void cut() {
      ended = true;
    }
  }
}
