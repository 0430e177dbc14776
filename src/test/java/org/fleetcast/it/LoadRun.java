package org.fleetcast.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.fleetcast.bench.Jcmd;
import org.fleetcast.bench.Usage;

/** One load on one server: what the others saw before it and under it, and what was left of it. */
final class LoadRun {
  private static final Duration WARM_UP = Duration.ofSeconds(5);
  private static final Duration BEFORE = Duration.ofSeconds(5);
  private static final Duration AT_LEAST = Duration.ofSeconds(5);
  private static final Duration SAMPLE = Duration.ofMillis(200);
  private static final Duration LATER = Duration.ofSeconds(75);

  /** As quick as without the load, but for what two processors for all of it cost. */
  private static final Duration FLOOR = Duration.ofMillis(250);

  private static final Duration AT_ONCE = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final long HEAP_MORE = 64L << 20;
  private static final long LOGGED_MORE = 1L << 20;

  private final LoadTarget site;
  private final String name;
  private final Duration atMost;
  private final List<String> faults = new ArrayList<>();
  private int threads;

  LoadRun(LoadTarget site, String name, Duration atMost) {
    this.site = site;
    this.name = name;
    this.atMost = atMost;
  }

  /**
   * What came out.
   *
   * @param row for the table
   * @param faults what should have been otherwise
   */
  record Result(String row, List<String> faults) {}

  /** A sentence that says what is wrong some time after the load, or nothing. */
  interface Check extends Supplier<String> {}

  /** Runs it all. */
  Result run(Supplier<List<Burden>> load, List<Check> checks) {
    try (Bystanders bystanders = site.bystanders()) {
      pass(WARM_UP, List.of());
      bystanders.begin();
      pass(BEFORE, List.of());
      Bystanders.Picture before = bystanders.end();
      long heap = heap();
      long logged = site.logged();
      bystanders.begin();
      Burdened burdened = burden(load);
      if (isDead()) {
        return new Result(dead(burdened, heap, logged), faults);
      }
      Bystanders.Picture under = bystanders.end();
      compare(before, under);
      checks.forEach(check -> add(isRunning() ? check.get() : ""));
      int lines = bystanders.stop();
      add(isRunning() ? bystanders.losses() : "");
      add(isRunning() ? stored(bystanders.entity(), lines) : "");
      if (isDead()) {
        return new Result(dead(burdened, heap, logged), faults);
      }
      long left = heapAfterwards(heap);
      limit("log bytes", site.logged() - logged, LOGGED_MORE);
      return new Result(row(burdened, before, under, heap, left, logged), faults);
    }
  }

  /**
   * What was done.
   *
   * @param outcome how it was answered
   */
  private record Burdened(String outcome, Duration length) {}

  private Burdened burden(Supplier<List<Burden>> load) {
    long start = System.nanoTime();
    List<Burden> burdens = load.get();
    try {
      pass(atMost, burdens);
    } finally {
      burdens.forEach(Burden::close);
    }
    Duration length = Duration.ofNanos(System.nanoTime() - start);
    return new Burdened(
        burdens.stream().map(Burden::outcome).collect(Collectors.joining("; ")), length);
  }

  /** Lets time pass, less of it when the load is over or the server is dead. */
  private void pass(Duration time, List<Burden> burdens) {
    long start = System.nanoTime();
    Awaitility.await()
        .atMost(time.plus(PATIENCE))
        .pollInterval(SAMPLE)
        .ignoreExceptions() // of looking at a process that ends
        .until(
            () -> {
              if (!isRunning()) {
                return true;
              }
              threads = Math.max(threads, Usage.of(site.server().pid()).threads());
              Duration passed = Duration.ofNanos(System.nanoTime() - start);
              boolean over = !burdens.isEmpty() && burdens.stream().allMatch(Burden::isOver);
              return passed.compareTo(over ? AT_LEAST : time) >= 0;
            });
  }

  private void compare(Bystanders.Picture before, Bystanders.Picture under) {
    quick("p99 of viewers", before.viewers(), under.viewers());
    quick("median of viewers", before.intake(), under.intake());
    quick("p99 of PUBACK", before.acknowledged(), under.acknowledged());
    under.atOnce().forEach(seen -> answered(seen, AT_ONCE));
    under.soon().forEach(seen -> answered(seen, PATIENCE));
  }

  private void quick(String what, Duration before, Duration under) {
    if (under.compareTo(FLOOR) > 0 && under.compareTo(before.multipliedBy(2)) > 0) {
      faults.add("%s %d ms, before %d".formatted(what, under.toMillis(), before.toMillis()));
    }
  }

  private void answered(Probe.Seen seen, Duration limit) {
    if (seen.asked() == 0 || seen.longest().compareTo(limit) > 0) {
      faults.add("%s took %d ms".formatted(seen.name(), seen.longest().toMillis()));
    }
    if (seen.failures() > 0) {
      faults.add("%s failed %d times: %s".formatted(seen.name(), seen.failures(), seen.failure()));
    }
  }

  private String stored(String entity, int lines) {
    Set<Integer> missing = new TreeSet<>(JoinIT.range(0, lines));
    try {
      Awaitility.await()
          .atMost(atMost.plus(LATER))
          .pollInterval(Duration.ofSeconds(1))
          .ignoreExceptions()
          .until(() -> site.count("logstash-http-*", entity) >= lines);
    } catch (ConditionTimeoutException never) {
      return "stored " + site.count("logstash-http-*", entity) + " of " + lines;
    }
    List<Integer> stored = ResilienceIT.storedNumbers(site.elasticsearch(), entity);
    missing.removeAll(Set.copyOf(stored));
    return missing.isEmpty() && stored.size() == lines
        ? ""
        : "stored %d of %d, missing %d".formatted(stored.size(), lines, missing.size());
  }

  private boolean isRunning() {
    return site.server().isRunning();
  }

  private boolean isDead() {
    add(isRunning() ? "" : "the server is dead");
    return !isRunning();
  }

  private long heap() {
    return Jcmd.heapAfterCollection(site.server().pid());
  }

  /** What is still in use when what is kept for a while has had its time. */
  private long heapAfterwards(long before) {
    AtomicLong left = new AtomicLong();
    try {
      Awaitility.await()
          .atMost(LATER)
          .pollInterval(Duration.ofSeconds(2))
          .until(
              () -> {
                left.set(heap());
                return left.get() <= before + HEAP_MORE;
              });
    } catch (ConditionTimeoutException kept) {
      faults.add("memory is kept: %d MB".formatted(left.get() >> 20));
    }
    return left.get();
  }

  private void limit(String what, long value, long limit) {
    if (value > limit) {
      faults.add(what + " " + value);
    }
  }

  private void add(String fault) {
    if (!fault.isEmpty()) {
      faults.add(fault);
    }
  }

  private String dead(Burdened burdened, long heap, long logged) {
    return join(
        name,
        burdened.outcome,
        "dead after " + burdened.length.toSeconds() + " s",
        "",
        "",
        "",
        (heap >> 20) + " MB",
        Integer.toString(threads),
        kilobytes(logged));
  }

  private String row(
      Burdened burdened,
      Bystanders.Picture before,
      Bystanders.Picture under,
      long heap,
      long left,
      long logged) {
    return join(
        name,
        burdened.outcome,
        longest(under.atOnce()),
        pair(before.viewers(), under.viewers())
            + " ("
            + pair(before.intake(), under.intake())
            + ")",
        pair(before.acknowledged(), under.acknowledged()),
        longest(under.soon()),
        (heap >> 20) + " > " + (left >> 20) + " MB",
        Integer.toString(threads),
        kilobytes(logged));
  }

  /** What the columns are. */
  static String head() {
    return "| load | answered | live, metrics, self ms | viewers p99 (median) ms | PUBACK p99 ms"
        + " | history, first event ms | heap | threads | log | faults |\n"
        + "|---|---|---|---|---|---|---|---|---|---|";
  }

  private String join(String... cells) {
    String verdict = faults.isEmpty() ? "none" : String.join("; ", faults);
    return Stream.concat(Stream.of(cells), Stream.of(verdict))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }

  private String kilobytes(long logged) {
    return (site.logged() - logged) / 1_000 + " kB";
  }

  private static String pair(Duration before, Duration under) {
    return millis(before) + " > " + millis(under);
  }

  private static String longest(List<Probe.Seen> all) {
    return all.stream().map(seen -> millis(seen.longest())).collect(Collectors.joining(", "));
  }

  private static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.1f", duration.toNanos() / 1e6);
  }
}
