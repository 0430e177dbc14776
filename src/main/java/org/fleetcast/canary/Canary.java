package org.fleetcast.canary;

import static org.fleetcast.metrics.Described.metric;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.live.LiveLine;
import org.fleetcast.live.Sessions;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.LineJson;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes a line now and then, and looks for each of them where it has to arrive: in the log that
 * viewers read and, where there is an Elasticsearch, in a search.
 */
@Singleton
class Canary {
  private static final Logger LOG = System.getLogger(Canary.class.getName());
  private static final String WHERE = "canary";

  /** What is searchable is known as exactly as this. */
  private static final Duration EVERY = Duration.ofMillis(250);

  /** How often lines are looked for that were lost. */
  private static final Duration LOST_EVERY = Duration.ofSeconds(10);

  /** While so many wait for the broker no more are handed over. They count as lost all the same. */
  private static final int MAX_WAITING = 100;

  private final CanarySettings settings;
  private final Emitter<String> topic;
  private final Sessions sessions;
  private final SearchedLines search;
  private final boolean searchable;
  private final InternalFaults faults;
  private final CanaryLine line = new CanaryLine(UUID.randomUUID().toString().replace("-", ""));
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile @Nullable Arrivals live;
  private volatile @Nullable Arrivals stored;
  private long number;
  private Instant sendNext = Instant.MIN;
  private Instant lostNext = Instant.MIN;

  @Inject
  Canary(
      CanarySettings settings,
      @Channel("canary") Emitter<String> topic,
      Sessions sessions,
      SearchIndex index,
      InternalFaults faults) {
    this.settings = settings;
    this.topic = topic;
    this.sessions = sessions;
    this.search = new SearchedLines(index);
    this.searchable = index.configured();
    this.faults = faults;
  }

  void start(
      @Observes @Priority(6000) Startup startup,
      ManagedScheduledExecutorService executor,
      MetricRegistry metrics) {
    Duration interval = settings.interval().orElse(null);
    if (interval == null) {
      return;
    }
    Arrivals heard = new Arrivals(settings.patience(), new ArrivalMetrics(metrics, "live"));
    live = heard;
    if (searchable) {
      stored = new Arrivals(settings.patience(), new ArrivalMetrics(metrics, "search"));
    }
    Counter sent =
        metrics.counter(metric("fleetcast_canary_sent", "Lines that the canary published"));
    sessions.listen(settings.entityId(), executor, shown -> hear(heard, shown));
    executor.scheduleWithFixedDelay(
        () -> faults.guard(WHERE, () -> tick(heard, interval, sent)),
        EVERY.toMillis(),
        EVERY.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /** How many lines of the last hour are missing; null where none are looked for. */
  @Nullable Integer missingLive() {
    Arrivals heard = live;
    return heard == null ? null : heard.missing().size();
  }

  /** The same for searches. */
  @Nullable Integer missingInSearch() {
    Arrivals found = stored;
    return found == null ? null : found.missing().size();
  }

  /** One look, and one line if it is time for one. Only one at a time. */
  private void tick(Arrivals heard, Duration interval, Counter sent) {
    Instant now = SteadyClock.now();
    if (!now.isBefore(sendNext)) {
      sendNext = now.plus(interval);
      send(heard, now);
      sent.inc();
    }
    heard.judge(now);
    Arrivals found = stored;
    if (found != null) {
      look(found, now);
      found.judge(now);
    }
  }

  private void send(Arrivals heard, Instant now) {
    long next = ++number;
    heard.sent(next, now);
    Arrivals found = stored;
    if (found != null) {
      found.sent(next, now);
    }
    if (waiting.get() >= MAX_WAITING) {
      return;
    }
    waiting.incrementAndGet();
    topic
        .send(line.json(settings.entityKey(), settings.entityId(), next))
        .whenComplete((taken, failure) -> waiting.decrementAndGet());
  }

  private void hear(Arrivals heard, LiveLine shown) {
    try {
      ObjectNode fields = LineJson.read(shown.json());
      String id = fields.path("id").asText();
      line.number(fields.path("message").asText())
          .ifPresent(heardNumber -> heard.seen(heardNumber, id, SteadyClock.now()));
    } catch (IOException bug) {
      throw new UncheckedIOException(bug); // we wrote it
    }
  }

  private void look(Arrivals found, Instant now) {
    List<Long> numbers = new ArrayList<>(found.awaited(now));
    if (!now.isBefore(lostNext)) {
      lostNext = now.plus(LOST_EVERY);
      numbers.addAll(found.missing());
    }
    if (numbers.isEmpty()) {
      return;
    }
    try {
      search.search(
          numbers.stream().map(line::message).toList(),
          (message, id) ->
              line.number(message).ifPresent(seen -> found.seen(seen, id, SteadyClock.now())));
    } catch (SearchIndex.Refused | Problem away) {
      LOG.log(Level.DEBUG, "The canary's lines cannot be searched right now", away);
    }
  }
}
