package org.fleetcast.sink;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.fleetcast.sink.CrashDisk.Force;
import org.fleetcast.sink.CrashDisk.Operation;
import org.fleetcast.sink.CrashDisk.Write;

/**
 * One life of a journal on a disk that records: lines are appended and removed, the file is closed
 * and opened. Gives the file as a crash at any moment of it would have left it, and what must be in
 * it then.
 */
final class CrashRun {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00Z");
  private static final int[] SECTORS = {512, 4_096};

  /** What a journal holds: lines by time, the last time given, and the last message taken. */
  record State(Map<Long, String> lines, long last, int mark) {}

  /** Between two numbers of operations the journal came to a state. */
  private record Step(int from, int to, State state) {}

  private final Random random;
  private final List<Step> steps = new ArrayList<>();
  private final List<Operation> operations;
  private State state;

  /** The file at the last sync before the moment asked for, and the number of operations in it. */
  private CrashDisk.Content synced;

  private int syncedOperations;

  CrashRun(byte[] before, State state, Function<String, JournalFile> file, int steps, Random random)
      throws InterruptedException {
    this.random = random;
    this.state = state;
    String name = "run-" + Thread.currentThread().getId();
    CrashDisk.Content disk = CrashDisk.put(name, before);
    synced = new CrashDisk.Content(before);
    this.steps.add(new Step(0, 0, state));
    boolean burst = random.nextBoolean();
    Journal journal = open(name, file);
    for (int i = 0; i < steps; i++) {
      int from = disk.done();
      int kind = random.nextInt(100);
      if (kind < 3) {
        journal.close();
        journal = open(name, file);
      } else if (kind < (burst ? 20 : 50)) {
        remove(journal);
      } else {
        append(journal);
      }
      this.steps.add(new Step(from, disk.done(), this.state));
    }
    operations = disk.operations();
    CrashDisk.remove(name);
  }

  private static Journal open(String name, Function<String, JournalFile> file) {
    return new Journal(file.apply("crash:" + name), Long.MAX_VALUE, NOW);
  }

  private void append(Journal journal) throws InterruptedException {
    Map<Long, String> lines = new TreeMap<>(state.lines);
    List<JournalLine> batch = new ArrayList<>();
    int count = random.nextInt(4) == 0 ? 30 : 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      JournalLine.Stamp stamp = journal.stamp(NOW);
      int length = random.nextInt(20) == 0 ? random.nextInt(12_000) : random.nextInt(400);
      String text = stamp.id() + "x".repeat(length);
      batch.add(
          new JournalLine(
              stamp.at(),
              stamp.id(),
              JournalLine.Kind.LINE,
              "e",
              text.getBytes(StandardCharsets.ISO_8859_1)));
      lines.put(stamp.at(), text);
    }
    int mark = state.mark + 1;
    state = new State(lines, journal.lastGiven(), mark);
    Appended.to(journal, batch, List.of(mark(mark)));
  }

  private void remove(Journal journal) {
    Map<Long, String> lines = new TreeMap<>(state.lines);
    List<Long> gone = new ArrayList<>();
    int percent = random.nextInt(4) == 0 ? 100 : 10 + random.nextInt(80);
    for (Long at : state.lines.keySet()) {
      if (random.nextInt(100) < percent) {
        gone.add(at);
      }
    }
    lines.keySet().removeAll(gone);
    state = new State(lines, journal.lastGiven(), state.mark);
    journal.remove(gone);
  }

  static DeliveryFingerprint mark(int number) {
    return new DeliveryFingerprint(number % 50, new byte[] {(byte) number, (byte) (number >> 8)});
  }

  int moments() {
    return operations.size();
  }

  /** The state that had come to be before so many operations. */
  State returned(int moment) {
    State last = steps.get(0).state;
    for (Step step : steps) {
      if (step.to > moment) {
        break;
      }
      last = step.state;
    }
    return last;
  }

  /** The state that was on its way then, or the one returned. */
  State underWay(int moment) {
    for (Step step : steps) {
      if (step.to > moment) {
        return step.state;
      }
    }
    return state;
  }

  /**
   * The file as a kill at that moment leaves it: all that was written, the last write in part.
   * Moments may only increase.
   */
  byte[] killed(int moment) {
    CrashDisk.Content file = synced(moment);
    operations.subList(syncedOperations, moment).forEach(file::apply);
    if (moment < operations.size()
        && operations.get(moment) instanceof Write write
        && random.nextBoolean()) {
      file.write(write.position(), write.bytes(), 0, random.nextInt(write.bytes().length));
    }
    return file.bytes();
  }

  /**
   * The file as a power cut at that moment leaves it: all before the last sync, and of what follows
   * any sectors. Moments may only increase.
   */
  byte[] cut(int moment) {
    CrashDisk.Content file = synced(moment);
    int sector = SECTORS[random.nextInt(2)];
    for (Operation operation : operations.subList(syncedOperations, moment)) {
      switch (random.nextInt(4)) {
        case 0 -> {}
        case 1 -> file.apply(operation);
        default -> tear(file, operation, sector);
      }
    }
    return file.bytes();
  }

  private CrashDisk.Content synced(int moment) {
    int end = moment;
    while (end > syncedOperations && !(operations.get(end - 1) instanceof Force)) {
      end--;
    }
    operations.subList(syncedOperations, end).forEach(synced::apply);
    syncedOperations = end;
    return new CrashDisk.Content(synced.bytes());
  }

  private void tear(CrashDisk.Content file, Operation operation, int sector) {
    if (operation instanceof Write write) {
      int chance = 1 + random.nextInt(9);
      for (int at = 0; at < write.bytes().length; at += sector) {
        if (random.nextInt(10) < chance) {
          int length = Math.min(sector, write.bytes().length - at);
          file.write(write.position() + at, write.bytes(), at, length);
        }
      }
    }
  }
}
