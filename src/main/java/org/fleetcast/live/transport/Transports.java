package org.fleetcast.live.transport;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Setting;
import org.fleetcast.problem.ThreadName;

/**
 * How the bytes of a stream get to its reader: straight into the socket where that can be, on one
 * event loop for each processor, else through the container.
 */
@Singleton
public class Transports {
  private static final Duration LONGEST = Duration.ofDays(365);

  private final ThreadFactory threads;
  private final ServletWriterPool writers;
  private final InternalFaults faults;
  private final List<EventLoop> loops;
  private volatile boolean stopped;

  @Inject
  public Transports(
      @ConfigProperty(name = "sse.write.deadline.seconds") String writeDeadline,
      ManagedThreadFactory threads,
      ServletWriterPool writers,
      InternalFaults faults) {
    this(
        threads,
        writers,
        faults,
        loops(Setting.seconds("SSE_WRITE_DEADLINE_SECONDS", writeDeadline, LONGEST), faults));
  }

  public Transports(
      ManagedThreadFactory threads,
      ServletWriterPool writers,
      InternalFaults faults,
      List<EventLoop> loops) {
    this.threads = threads;
    this.writers = writers;
    this.faults = faults;
    this.loops = loops;
  }

  private static List<EventLoop> loops(Duration writeDeadline, InternalFaults faults) {
    return Stream.generate(() -> new EventLoop(writeDeadline, faults))
        .limit(Runtime.getRuntime().availableProcessors())
        .toList();
  }

  void start(@Observes Startup event) {
    for (int i = 0; i < loops.size(); i++) {
      EventLoop loop = loops.get(i);
      threads.newThread(ThreadName.during("event-loop-" + (i + 1), () -> run(loop))).start();
    }
  }

  private void run(EventLoop loop) {
    loop.run();
    if (!stopped && loops.stream().noneMatch(EventLoop::isRunning)) {
      faults.ended("No event loop is left that writes to streams");
    }
  }

  @PreDestroy
  void stop() {
    stopped = true;
    loops.forEach(EventLoop::stop);
  }

  /** The way to the reader of a response whose head is sent. It stays with one thread. */
  public StreamTransport of(AsyncContext async) throws IOException {
    HttpServletResponse response = (HttpServletResponse) async.getResponse();
    Optional<SocketChannel> socket = LibertySocket.below(response);
    List<EventLoop> running = loops.stream().filter(EventLoop::isRunning).toList();
    if (socket.isEmpty() || running.isEmpty()) {
      return new ContainerTransport(response.getOutputStream(), writers);
    }
    int any = ThreadLocalRandom.current().nextInt(running.size());
    return new SocketTransport(socket.get(), running.get(any));
  }
}
