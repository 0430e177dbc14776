package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Startup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.time.ManualClock;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

class RetentionTest {
  @Test
  void only_daily_indices_of_earlier_days_are_past() {
    List<String> names =
        List.of(
            "logstash-http-2026.02.14",
            "logstash-http-2026.02.15",
            "logstash-http-2026.02.16",
            "logstash-http-2025.12.31",
            "logstash-http-0-my-notes",
            "logstash-http-2025-12-31",
            "logstash-http-2025.12.31-copy");
    assertThat(Retention.past(names, "logstash-http-", Instant.parse("2026-02-15T23:59:59Z")))
        .containsExactly("logstash-http-2026.02.14", "logstash-http-2025.12.31");
  }

  @Test
  void elasticsearch_is_told_for_how_long_to_keep_a_data_stream() throws IOException {
    List<String> asked = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          asked.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + new String(body, StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write("{}".getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    server.start();
    SearchIndex index =
        new SearchIndex(
            Optional.of("http://127.0.0.1:" + server.getAddress().getPort()),
            ElasticsearchAccess.open(),
            "x",
            new IndexNames("logstash-http-", Optional.of("fleet")));
    new Retention(
            index,
            Stub.of(ManagedScheduledExecutorService.class),
            new InternalFaults(where -> {}, SteadyClock.INSTANCE),
            Optional.of("14"),
            "30",
            new ManualClock(Instant.parse("2026-02-15T23:59:59Z")))
        .run();
    index.close();
    server.stop(0);
    assertThat(asked)
        .contains("PUT /_data_stream/fleet/_lifecycle{\"data_retention\":\"14d\"}")
        .noneMatch(question -> question.startsWith("DELETE"));
  }

  @Test
  void an_error_in_one_run_is_counted_and_the_next_one_comes() {
    List<String> counted = new ArrayList<>();
    List<Runnable> schedule = new ArrayList<>();
    SearchIndex index =
        new SearchIndex(
            Optional.of("http://127.0.0.1:1"),
            ElasticsearchAccess.open(),
            "x",
            IndexNames.daily("logstash-http-"));
    new Retention(
            index,
            Stub.of(
                ManagedScheduledExecutorService.class,
                Map.of("scheduleWithFixedDelay", a -> schedule.add((Runnable) a[0]) ? null : null)),
            new InternalFaults(counted::add, SteadyClock.INSTANCE),
            Optional.empty(),
            "30",
            new FailingClock())
        .start(new Startup());
    schedule.forEach(Runnable::run);
    schedule.forEach(Runnable::run);
    index.close();
    assertThat(counted).containsExactly("retention", "retention");
  }

  private static final class FailingClock extends ManualClock {
    @Override
    public Instant instant() {
      throw new StackOverflowError("injected");
    }
  }
}
