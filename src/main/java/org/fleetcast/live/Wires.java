package org.fleetcast.live;

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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * How the bytes of a stream get to its reader: straight into the socket where that can be, on one
 * event loop for each processor, else through the container.
 */
@Singleton
public class Wires {
  private final ThreadFactory threads;
  private final Writers writers;
  private final List<EventLoop> loops;

  @Inject
  public Wires(Limits limits, ManagedThreadFactory threads, Writers writers) {
    this.threads = threads;
    this.writers = writers;
    this.loops =
        Stream.generate(() -> new EventLoop(limits.writeDeadline()))
            .limit(Runtime.getRuntime().availableProcessors())
            .toList();
  }

  void start(@Observes Startup event) {
    loops.forEach(loop -> threads.newThread(loop).start());
  }

  @PreDestroy
  void stop() {
    loops.forEach(EventLoop::stop);
  }

  /** The way to the reader of a response whose head is sent. It stays with one thread. */
  Wire of(AsyncContext async) throws IOException {
    HttpServletResponse response = (HttpServletResponse) async.getResponse();
    Optional<SocketChannel> socket = PlainSocket.below(response);
    if (socket.isEmpty()) {
      return new ContainerWire(response.getOutputStream(), writers);
    }
    int any = ThreadLocalRandom.current().nextInt(loops.size());
    return new SocketWire(socket.get(), loops.get(any));
  }
}
