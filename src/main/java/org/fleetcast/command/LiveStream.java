package org.fleetcast.command;

import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One stream of the server for as long as somebody reads it: whatever cuts it, it is opened again
 * under the same name and goes on after the last event that was seen.
 */
final class LiveStream {
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private final Server server;
  private final Terminal terminal;
  private final RandomGenerator random;
  private final String requestId = "cli-" + UUID.randomUUID();
  private @Nullable String lastId;
  private boolean known;
  private boolean begun;
  private boolean told;
  private Duration wait = SHORTEST;

  LiveStream(Server server, Terminal terminal, RandomGenerator random) {
    this.server = server;
    this.terminal = terminal;
    this.random = random;
  }

  /** Who reads it. */
  interface Reader {
    /**
     * The server knows the stream, but none of its subscriptions; tells whether to read it.
     *
     * @param after the last event that was seen, after which they are to go on; null at first
     */
    boolean begin(String requestId, @Nullable String after) throws Failure;

    /** Takes an event; tells whether it wants the next. */
    boolean take(ServerEvent event) throws Failure;
  }

  /**
   * Reads until the reader wants no more.
   *
   * @throws Failure when the server cannot be reached at first, or refuses for good
   */
  void read(Reader reader) throws Failure {
    while (true) {
      String cause;
      try (Events events = server.stream(path(), lastId)) {
        String closed = read(events, reader);
        if (closed == null) {
          return;
        }
        cause = closed;
      } catch (IOException cut) {
        cause = "The connection broke";
      } catch (Failure failure) {
        if (!known || !failure.isPassing()) {
          throw failure;
        }
        cause = failure.sentence();
      }
      pause(cause);
    }
  }

  private String path() {
    return "/api/sse/stream?format=named&request_id=" + requestId;
  }

  /** Reads one connection to its end; tells why it ended, null when the reader wants no more. */
  private @Nullable String read(Events events, Reader reader) throws IOException, Failure {
    for (ServerEvent event = events.next(); event != null; event = events.next()) {
      switch (event.name()) {
        case "" -> {
          lastId = lastId == null ? event.id() : lastId; // later it says where the new one begins
          continue;
        }
        case "ready" -> {
          if (!ready(event, reader)) {
            return null;
          }
        }
        case "connection_close" -> {
          return closed(event.data().path("reason").asText());
        }
        default -> {
          if (!reader.take(event)) {
            return null;
          }
        }
      }
      lastId = event.id() == null ? lastId : event.id();
    }
    return "The stream ended";
  }

  private boolean ready(ServerEvent event, Reader reader) throws Failure {
    begun = begun && event.data().path("resumed").asBoolean();
    boolean wanted = begun || reader.begin(requestId, lastId);
    begun = true;
    if (told) {
      terminal.tell("Connected again");
      told = false;
    }
    known = true;
    wait = SHORTEST;
    return wanted;
  }

  private static String closed(String reason) throws Failure {
    return switch (reason) {
      case "logout" -> throw new Failure(Failure.Kind.SIGN_IN, "You were signed out");
      case "replaced" -> throw Failure.refused("Another process took this stream over");
      case "too-slow" -> "The server closed the stream, since this reader was too slow";
      case "token-expired" -> ""; // the next token is fetched when the stream is opened
      default -> "The server closed the stream: " + reason;
    };
  }

  /** Half of a growing time and a part of the other half, so that not everybody comes at once. */
  private void pause(String cause) throws Failure {
    if (cause.isEmpty()) {
      return;
    }
    if (!told) {
      terminal.tell(cause + ", connecting again");
      told = true;
    }
    try {
      long half = wait.toMillis() / 2;
      Thread.sleep(half + random.nextLong(half + 1));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.AWAY, "Interrupted", interrupted);
    }
    Duration next = wait.multipliedBy(2);
    wait = next.compareTo(LONGEST) > 0 ? LONGEST : next;
  }
}
