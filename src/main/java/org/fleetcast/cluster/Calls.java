package org.fleetcast.cluster;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;

/** Asks another replica to do what only it can, by announcements, and waits for its answer. */
@Singleton
public class Calls {
  private static final String ASK = "ask";
  private static final String ANSWER = "answer";
  private static final String WHERE = "calls";
  private static final long PATIENCE_SECONDS = 5;

  /** What was asked while this replica was held up is heard within this time after it. */
  private static final Duration LATE = Duration.ofSeconds(1);

  /** PostgreSQL takes 8,000 bytes. */
  private static final int MAX = 7_000;

  private final Cluster cluster;
  private final Announcements announcements;
  private final InternalFaults faults;
  private final Map<String, UnaryOperator<String>> handlers = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<String>> waiting = new ConcurrentHashMap<>();
  private volatile Instant heldUp = Instant.MIN;

  @Inject
  public Calls(Cluster cluster, Announcements announcements, InternalFaults faults) {
    this.cluster = cluster;
    this.announcements = announcements;
    this.faults = faults;
  }

  /** Answers what others ask of one kind, which is a word. */
  public void handle(String kind, UnaryOperator<String> handler) {
    handlers.put(kind, handler);
  }

  void start(@Observes @Priority(2_000) Startup event, ManagedExecutorService executor) {
    announcements.whenMissed(() -> heldUp = SteadyClock.now());
    announcements.listen(
        ASK,
        said -> {
          // Else nobody may wait for it any more: who asked does it otherwise, or is asked again.
          if (SteadyClock.now().isAfter(heldUp.plus(LATE))) {
            executor.execute(() -> faults.guard(WHERE, () -> asked(said)));
          }
        });
    announcements.listen(ANSWER, this::answered);
  }

  /** Whether that is short enough to be asked. */
  public static boolean fits(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length <= MAX;
  }

  /** The answer of a replica; empty when there is none in time, or what is asked is too long. */
  public Optional<String> call(String replica, String kind, String text) {
    String id = UUID.randomUUID().toString();
    if (!fits(text)) {
      return Optional.empty();
    }
    CompletableFuture<String> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    try {
      announcements.say(ASK, String.join(" ", replica, id, kind, text));
      return Optional.of(answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    } catch (SQLException | ExecutionException | TimeoutException none) {
      return Optional.empty();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      waiting.remove(id);
    }
  }

  private void asked(String said) {
    String[] parts = said.split(" ", 4);
    UnaryOperator<String> handler = parts.length == 4 ? handlers.get(parts[2]) : null;
    if (handler == null || !parts[0].equals(cluster.replica())) {
      return;
    }
    try {
      announcements.say(ANSWER, parts[1] + " " + handler.apply(parts[3]));
    } catch (SQLException away) {
      faults.survived(WHERE, away); // who asked waits in vain, and says so
    }
  }

  private void answered(String said) {
    String[] parts = said.split(" ", 2);
    CompletableFuture<String> answer = waiting.remove(parts[0]);
    if (answer != null && parts.length == 2) {
      answer.complete(parts[1]);
    }
  }
}
