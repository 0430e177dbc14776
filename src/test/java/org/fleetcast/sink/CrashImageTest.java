package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.fleetcast.sink.CrashRun.State;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Opens the journal as thousands of crashes would have left it. A chunk may be overwritten when it
 * is older than the retention, so the pace of commits matters only against that: a negative
 * retention is a pace at which every commit comes later than that after the one before.
 */
class CrashImageTest {
  private static final int IMAGES = Integer.getInteger("fleetcast.crash.images", 10_000);

  /** The same crashes at each run, unless others are asked for. */
  private static final long SEED = Long.getLong("fleetcast.crash.seed", 1);

  private static final int IMAGES_A_RUN = 100;

  /** A file that became as large is not gone on with: copies take the time. */
  private static final int LARGE = 200_000;

  private enum Pace {
    SLOWER_THAN_THE_RETENTION(Duration.ofMillis(-1)),
    SOME_COMMITS_WITHIN_THE_RETENTION(Duration.ofMillis(2)),
    ALL_WITHIN_THE_RETENTION(Duration.ofDays(1));

    /** Those at which it does not depend on the clock which commit is within the retention. */
    private static final List<Pace> STEADY =
        List.of(SLOWER_THAN_THE_RETENTION, ALL_WITHIN_THE_RETENTION);

    private final Duration retention;

    Pace(Duration retention) {
      this.retention = retention;
    }
  }

  /** What became of the images of one pace. */
  private static final class Count {
    private int killed;
    private int cut;
    private int unopenable;
    private int lost;
    private final List<String> faults = new ArrayList<>();

    int images() {
      return killed + cut;
    }

    void add(Count other) {
      killed += other.killed;
      cut += other.cut;
      unopenable += other.unopenable;
      lost += other.lost;
      faults.addAll(other.faults);
    }

    @Override
    public String toString() {
      return "killed=" + killed + " cut=" + cut + " unopenable=" + unopenable + " lost=" + lost;
    }
  }

  @Test
  void every_line_whose_append_returned_outlives_a_crash_at_any_moment()
      throws ExecutionException, InterruptedException {
    everyLineOutlives(SEED, Pace.STEADY);
  }

  /** That none is lost says something only where these crashes do harm. */
  @Test
  @Tag("long")
  void h2_by_itself_with_few_versions_does_not_outlive_them()
      throws ExecutionException, InterruptedException {
    assertThat(faults(SEED, List.of(Pace.values()), CrashImageTest::plain)).isNotEmpty();
  }

  @Test
  @Tag("long")
  void every_line_outlives_crashes_of_any_seed_and_at_any_pace()
      throws ExecutionException, InterruptedException {
    everyLineOutlives(
        Long.getLong("fleetcast.crash.seed", System.nanoTime()), List.of(Pace.values()));
  }

  private static void everyLineOutlives(long first, List<Pace> paces)
      throws ExecutionException, InterruptedException {
    assertThat(faults(first, paces, JournalFile::new))
        .as("with -Dfleetcast.crash.seed=" + first)
        .isEmpty();
  }

  private static List<String> faults(
      long first, List<Pace> paces, BiFunction<String, Duration, JournalFile> files)
      throws ExecutionException, InterruptedException {
    String called = "-Dfleetcast.crash.seed=" + first;
    System.out.println("Crash images " + called + " " + paces);
    // Thousands of times "not whole" is what is wanted here.
    Logger.getLogger(JournalStore.class.getName()).setLevel(Level.OFF);
    Map<Pace, Count> counts = new TreeMap<>();
    List<Future<Map<Pace, Count>>> lives = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int thread = 0; thread < 2; thread++) {
        long seed = first + thread;
        Callable<Map<Pace, Count>> life = () -> live(seed, paces, files);
        lives.add(threads.submit(life));
      }
      for (Future<Map<Pace, Count>> life : lives) {
        life.get()
            .forEach((pace, count) -> counts.computeIfAbsent(pace, p -> new Count()).add(count));
      }
    } finally {
      threads.shutdownNow();
    }
    System.out.println("Crash images " + called + " " + counts);
    return counts.values().stream().flatMap(count -> count.faults.stream()).toList();
  }

  /** As H2 opens a file, and with as few versions as it takes. */
  private static JournalFile plain(String name, Duration retention) {
    return new JournalFile(
        () -> {
          MVStore store =
              new MVStore.Builder()
                  .fileName(name)
                  .autoCommitDisabled()
                  .autoCommitBufferSize(0)
                  .open();
          store.setVersionsToKeep(0);
          store.setRetentionTime((int) retention.toMillis());
          return store;
        });
  }

  /** Runs one after another, each on what a crash of the one before left, at each pace. */
  private static Map<Pace, Count> live(
      long seed, List<Pace> paces, BiFunction<String, Duration, JournalFile> files)
      throws InterruptedException {
    Map<Pace, Count> counts = new TreeMap<>();
    for (Pace pace : paces) {
      Random random = new Random(31 * seed + pace.ordinal());
      Function<String, JournalFile> opened = name -> files.apply(name, pace.retention);
      Count count = new Count();
      counts.put(pace, count);
      byte[] file = {};
      State state = new State(new TreeMap<>(), Long.MIN_VALUE, 0);
      while (count.images() < IMAGES / 2 / paces.size()) {
        CrashRun run = new CrashRun(file, state, opened, 20 + random.nextInt(80), random);
        file = new byte[0];
        state = new State(new TreeMap<>(), Long.MIN_VALUE, 0);
        for (int moment : random.ints(IMAGES_A_RUN, 0, run.moments() + 1).sorted().toArray()) {
          boolean kill = random.nextInt(3) == 0;
          count.killed += kill ? 1 : 0;
          count.cut += kill ? 0 : 1;
          byte[] image = kill ? run.killed(moment) : run.cut(moment);
          State found = check(opened, image, run, moment, pace, count);
          if (found != null && random.nextInt(10) < 9 && image.length < LARGE) {
            file = image;
            state = found;
          }
        }
      }
    }
    return counts;
  }

  private static @Nullable State check(
      Function<String, JournalFile> opened,
      byte[] image,
      CrashRun run,
      int moment,
      Pace pace,
      Count count) {
    String name = "image-" + Thread.currentThread().getId();
    CrashDisk.put(name, image);
    State returned = run.returned(moment);
    JournalFile file = opened.apply("crash:" + name);
    try {
      JournalFile.Maps maps = file.maps();
      State found = read(maps);
      if (!fits(found, returned, maps) && !fits(found, run.underWay(moment), maps)) {
        count.lost++;
        count.faults.add(pace + " lost at " + moment + difference(found, returned));
        return null;
      }
      return new State(found.lines(), found.last(), marks(maps, returned, run.underWay(moment)));
    } catch (MVStoreException | IllegalStateException | NumberFormatException unopenable) {
      if (returned.last() == Long.MIN_VALUE) {
        return null; // nothing was ever appended: such a file is put aside
      }
      count.unopenable++;
      count.faults.add(pace + " unopenable at " + moment + " " + unopenable);
      return null;
    } finally {
      file.drop();
      CrashDisk.remove(name);
    }
  }

  private static State read(JournalFile.Maps maps) {
    Map<Long, String> lines = new TreeMap<>();
    maps.lines()
        .forEach((at, e) -> lines.put(at, new String(e.json(), StandardCharsets.ISO_8859_1)));
    String last = maps.state().getOrDefault("last", Long.toString(Long.MIN_VALUE));
    return new State(lines, Long.parseLong(last), 0);
  }

  private static boolean fits(State found, State wanted, JournalFile.Maps maps) {
    return found.lines().equals(wanted.lines())
        && found.last() >= wanted.last()
        && (wanted.mark() == 0 || taken(maps, wanted.mark()));
  }

  private static boolean taken(JournalFile.Maps maps, int mark) {
    return CrashRun.mark(mark).isKept(maps.marks().get((long) mark % 50), maps.number("messages"));
  }

  private static int marks(JournalFile.Maps maps, State returned, State underWay) {
    return underWay.mark() > 0 && taken(maps, underWay.mark()) ? underWay.mark() : returned.mark();
  }

  private static String difference(State found, State wanted) {
    List<Long> missing = new ArrayList<>(wanted.lines().keySet());
    missing.removeAll(found.lines().keySet());
    List<Long> extra = new ArrayList<>(found.lines().keySet());
    extra.removeAll(wanted.lines().keySet());
    return " missing="
        + missing.size()
        + " extra="
        + extra.size()
        + " last "
        + found.last()
        + "/"
        + wanted.last();
  }
}
