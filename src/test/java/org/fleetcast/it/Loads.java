package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Progress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What one stranger, one device or one viewer does, harms only himself: the others see their lines
 * in time, none is lost or doubled, and the memory comes back. Each on a server of its own with a
 * heap of 512 MB. It takes minutes, so it is no part of the suite: {@code mvn verify
 * -Dit.test=Loads}.
 */
@SuppressWarnings("NullAway.Init")
class Loads {
  private static final Duration EACH = seconds("fleetcast.loads.seconds", 15);
  private static final Duration ALL = seconds("fleetcast.loads.all.seconds", 120);
  private static final int STORED_MB = Integer.getInteger("fleetcast.loads.stored.mb", 120);
  private static final int TINY_MIB = Integer.getInteger("fleetcast.loads.tiny.mib", 2);
  private static final int STORED_LINE = 8_000;
  private static final int GOOD_LINES = 20_000;
  private static final int DEAD_LETTERS = 101;
  private static final int FLEET = 20;
  private static final Map<String, String> DEFAULTS = Map.of();
  private static final List<String> ROWS = new ArrayList<>();

  private static Elasticsearch elasticsearch;

  private static Duration seconds(String key, int otherwise) {
    return Duration.ofSeconds(Integer.getInteger(key, otherwise));
  }

  @BeforeAll
  static void start() {
    elasticsearch = Elasticsearch.started(Progress.silent());
  }

  @AfterAll
  static void stop() {
    System.out.println(
        "loads: heap=" + LoadTarget.HEAP + "\n" + LoadRun.head() + "\n" + String.join("\n", ROWS));
    elasticsearch.close();
  }

  @Test
  void headers_that_never_end() {
    harmless("headers that never end", Requests.headersThatNeverEnd());
  }

  @Test
  void bodies_that_trickle() {
    try (LoadTarget site = LoadTarget.open(elasticsearch, DEFAULTS)) {
      harmless(
          site,
          "1,500 bodies that trickle",
          () -> List.of(site.crowd(Requests.bodiesThatTrickle(site.greedyToken()))));
    }
  }

  @Test
  void long_paths() {
    harmless("3,000 paths of 30 kB", Requests.longPaths(300).inAll(3_000));
  }

  @Test
  void two_million_bad_lines_in_one_message() {
    try (LoadTarget site = LoadTarget.open(elasticsearch, DEFAULTS)) {
      int before = letters(site);
      Good good = new Good(site);
      harmless(
          site,
          "2,000,000 bad lines in 4 MB",
          () -> List.of(site.flood(List.of(Payloads::twoMillionBadLines, good::message))),
          good,
          () -> atMost(letters(site) - before, DEAD_LETTERS, "dead letters"));
    }
  }

  @Test
  void tiny_good_lines_in_one_message() {
    try (LoadTarget site = LoadTarget.open(elasticsearch, DEFAULTS)) {
      harmless(
          site,
          TINY_MIB + " MiB of {}",
          () -> List.of(site.flood(List.of(() -> Payloads.tinyLines(TINY_MIB)))));
    }
  }

  @Test
  void lines_of_control_characters() {
    try (LoadTarget site = LoadTarget.open(elasticsearch, DEFAULTS)) {
      harmless(
          site, "12 lines of U+009D, 258 kB each", () -> List.of(site.flood(controlCharacters())));
    }
  }

  private static List<Supplier<byte[]>> controlCharacters() {
    String entity = Operator.unique("control");
    return IntStream.range(0, 12)
        .<Supplier<byte[]>>mapToObj(n -> () -> Payloads.controlCharacters(entity))
        .toList();
  }

  @Test
  void lines_of_a_hundred_megabytes() {
    Map<String, String> small = Map.of("JOURNAL_MAX_BYTES", "200000000");
    try (LoadTarget site = LoadTarget.open(elasticsearch, small)) {
      int before = letters(site);
      harmless(
          site,
          "2 lines of 110 MB, a journal of 200 MB",
          () -> List.of(site.flood(List.of(Loads::large, Loads::large))),
          () -> atLeast(() -> letters(site) - before, 2, "dead letters"),
          () -> site.server().isUp("/health/ready") ? "" : "not ready");
    }
  }

  private static byte[] large() {
    return Payloads.oneLine("large", 110);
  }

  @Test
  void two_thousand_streams_of_one_viewer_with_a_tail() {
    try (LoadTarget site = LoadTarget.open(elasticsearch, DEFAULTS)) {
      int device = site.stored(1_000, 1_000);
      harmless(
          site,
          "2,000 streams with tail=1000",
          () -> List.of(site.crowd(Requests.streamsWithTails(2_000, device, site.greedyToken()))));
    }
  }

  @Test
  void many_tails_of_one_viewer() {
    try (LoadTarget site = LoadTarget.open(elasticsearch, DEFAULTS)) {
      int device = site.stored(1_000, 1_000);
      harmless(
          site,
          "250 tails",
          () -> List.of(site.crowd(Requests.tails(250, device, site.greedyToken()))));
    }
  }

  @Test
  void wildcard_queries_and_slow_downloads() {
    try (LoadTarget site = LoadTarget.open(elasticsearch, DEFAULTS)) {
      int device = site.stored(STORED_MB * 1_000_000 / STORED_LINE, STORED_LINE);
      harmless(
          site,
          "150 wildcard queries and 200 downloads of " + STORED_MB + " MB",
          () ->
              List.of(
                  site.crowd(Requests.wildcardQueries(device, site.greedyToken())),
                  site.crowd(Requests.slowDownloads(device, site.greedyToken()))));
    }
  }

  @Test
  void made_up_entities() {
    try (LoadTarget site = LoadTarget.open(elasticsearch, DEFAULTS)) {
      int members = site.fleet(FLEET);
      harmless(
          site,
          "100,000 made-up entity ids",
          () -> List.of(site.flood(madeUp())),
          () -> atLeast(site::heardOf, members + 1, "devices on the fleet's page"));
    }
  }

  private static List<Supplier<byte[]>> madeUp() {
    return IntStream.range(0, 100)
        .<Supplier<byte[]>>mapToObj(n -> () -> Payloads.madeUpEntities(n * 1_000, 1_000))
        .toList();
  }

  @Test
  void all_at_once() {
    try (LoadTarget site = LoadTarget.open(elasticsearch, DEFAULTS)) {
      int members = site.fleet(FLEET);
      int large = site.stored(STORED_MB * 1_000_000 / STORED_LINE, STORED_LINE);
      int tailed = site.stored(1_000, 1_000);
      String token = site.greedyToken();
      Good good = new Good(site);
      LoadRun trial = new LoadRun(site, "all at once for " + ALL.toSeconds() + " s", ALL);
      settle(
          trial.run(
              () ->
                  List.of(
                      site.crowd(Requests.headersThatNeverEnd()),
                      site.crowd(Requests.bodiesThatTrickle(token)),
                      site.crowd(Requests.longPaths(50)),
                      site.crowd(Requests.streamsWithTails(2_000, tailed, token)),
                      site.crowd(Requests.tails(250, tailed, token)),
                      site.crowd(Requests.wildcardQueries(large, token)),
                      site.crowd(Requests.slowDownloads(large, token)),
                      site.flood(List.of(Payloads::twoMillionBadLines, good::message)),
                      site.flood(List.of(() -> Payloads.tinyLines(1))),
                      site.flood(controlCharacters()),
                      site.flood(List.of(Loads::large)),
                      site.flood(madeUp())),
              List.of(
                  good, () -> atLeast(site::heardOf, members + 1, "devices on the fleet's page"))));
    }
  }

  private static void harmless(String name, CrowdPlan plan) {
    try (LoadTarget site = LoadTarget.open(elasticsearch, DEFAULTS)) {
      harmless(site, name, () -> List.of(site.crowd(plan)));
    }
  }

  private static void harmless(
      LoadTarget site, String name, Supplier<List<Burden>> load, LoadRun.Check... checks) {
    settle(new LoadRun(site, name, EACH).run(load, List.of(checks)));
  }

  private static void settle(LoadRun.Result result) {
    ROWS.add(result.row());
    System.out.println("loads: " + result.row());
    assertThat(result.faults()).isEmpty();
  }

  private static int letters(LoadTarget site) {
    return site.count("fleetcast-dead-letter-*", "");
  }

  private static String atMost(long value, long limit, String what) {
    return value <= limit ? "" : value + " " + what;
  }

  /** Waits for it. */
  private static String atLeast(Supplier<? extends Number> value, long wanted, String what) {
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofSeconds(1))
          .ignoreExceptions()
          .until(() -> value.get().longValue() >= wanted);
      return "";
    } catch (ConditionTimeoutException never) {
      return "not " + wanted + " " + what + " in time";
    }
  }

  /** A large message that is good is taken whole, whatever came before it. */
  private record Good(LoadTarget site, String entity) implements LoadRun.Check {
    Good(LoadTarget site) {
      this(site, Operator.unique("good"));
    }

    byte[] message() {
      return Payloads.goodLines(entity, GOOD_LINES, 225);
    }

    @Override
    public String get() {
      return atLeast(() -> site.count("logstash-http-*", entity), GOOD_LINES, "good lines");
    }
  }
}
