package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.fleetcast.sink.JournalLine.Kind;
import org.h2.mvstore.MVStoreException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalTest {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00.123456Z");
  private static final long LARGE = 1L << 30;

  @TempDir Path folder;

  @Test
  void times_increase_strictly_also_over_a_restart_with_a_clock_that_fell_back_a_little()
      throws InterruptedException {
    long last;
    try (Journal journal = open(LARGE)) {
      JournalLine first = append(journal, NOW);
      JournalLine second = append(journal, NOW);
      assertThat(second.at()).isEqualTo(first.at() + 1);
      last = second.at();
    }
    try (Journal journal = open(LARGE)) {
      assertThat(journal.stamp(NOW.minusSeconds(59)).at()).isEqualTo(last + 1);
    }
  }

  @Test
  void a_clock_that_fell_back_far_is_followed_under_another_suffix() throws InterruptedException {
    try (Journal journal = open(LARGE)) {
      JournalLine before = append(journal, NOW);
      assertThat(journal.next(10, 1000)).extracting(JournalLine::id).containsExactly(before.id());
      Instant earlier = NOW.minusSeconds(120);
      JournalLine after = append(journal, earlier);
      assertThat(after.at()).isEqualTo(LogTime.micros(earlier));
      assertThat(suffix(after)).isNotEqualTo(suffix(before));
      assertThat(journal.next(10, 1000)).extracting(JournalLine::id).contains(after.id());
    }
  }

  @Test
  void what_was_appended_is_there_after_a_restart_and_read_again() throws InterruptedException {
    JournalLine kept;
    try (Journal journal = open(LARGE)) {
      kept = append(journal, NOW);
      assertThat(journal.next(10, 1000)).hasSize(1);
      assertThat(journal.next(10, 1000)).isEmpty();
    }
    try (Journal journal = open(LARGE)) {
      List<JournalLine> again = journal.next(10, 1000);
      assertThat(again).extracting(JournalLine::id).containsExactly(kept.id());
      assertThat(again.get(0).json()).isEqualTo(kept.json());
      assertThat(again.get(0).entityId()).isEqualTo("e");
    }
  }

  @Test
  void what_an_archive_may_have_read_before_is_known_and_what_came_since_is_not()
      throws InterruptedException {
    try (Journal journal = open(LARGE)) {
      JournalLine first = append(journal, NOW);
      assertThat(journal.readAgainSince(first.at())).isNull();
      journal.next(10, 1000);
      journal.rewind();
      assertThat(journal.readAgainSince(first.at())).isNotNull();
      JournalLine second = append(journal, NOW);
      assertThat(journal.readAgainSince(second.at())).isNull();
      journal.next(10, 1000);
      append(journal, NOW.minusSeconds(120)); // the clock fell back, and those behind come again
      assertThat(journal.readAgainSince(second.at())).isNotNull();
    }
    try (Journal journal = open(LARGE)) {
      journal.next(10, 1000).forEach(e -> assertThat(journal.readAgainSince(e.at())).isNotNull());
      assertThat(journal.readAgainSince(append(journal, NOW.plusSeconds(1)).at())).isNull();
    }
  }

  @Test
  void a_message_is_known_by_packet_id_and_payload() throws InterruptedException {
    DeliveryFingerprint mark = new DeliveryFingerprint(7, new byte[] {1, 2});
    try (Journal journal = open(LARGE)) {
      assertThat(journal.took(mark)).isFalse();
      Appended.to(journal, List.of(), List.of(mark));
    }
    try (Journal journal = open(LARGE)) {
      assertThat(journal.took(mark)).isTrue();
      assertThat(journal.took(new DeliveryFingerprint(7, new byte[] {3}))).isFalse();
      assertThat(journal.took(new DeliveryFingerprint(8, new byte[] {1, 2}))).isFalse();
    }
  }

  @Test
  void a_message_is_forgotten_before_its_packet_id_comes_round() throws InterruptedException {
    DeliveryFingerprint mark = new DeliveryFingerprint(7, new byte[] {1, 2});
    try (Journal journal = open(LARGE)) {
      Appended.to(journal, List.of(), List.of(mark));
      for (int batch = 1; batch < 12; batch++) {
        Appended.to(journal, List.of(), others(batch * 1_000, 1_000));
      }
      assertThat(journal.took(mark)).isTrue();
      Appended.to(journal, List.of(), others(20_000, 1_000));
      assertThat(journal.took(mark)).isFalse();
    }
    try (Journal journal = open(LARGE)) {
      assertThat(journal.took(mark)).isFalse();
      assertThat(journal.took(others(20_000, 1).get(0))).isTrue();
    }
  }

  private static List<DeliveryFingerprint> others(int packetId, int count) {
    return IntStream.range(packetId, packetId + count)
        .mapToObj(id -> new DeliveryFingerprint(id, new byte[] {1, 2}))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void what_the_disk_refused_is_nowhere_and_taken_once_later(int writes)
      throws InterruptedException {
    try (Journal journal =
        new Journal(new JournalFile(RefusingDisk.file(folder.resolve("journal.mv"))), LARGE, NOW)) {
      JournalLine first = append(journal, NOW);
      assertThat(journal.next(10, 1_000)).hasSize(1);
      List<JournalLine> batch = List.of(entry(journal, NOW), entry(journal, NOW));
      DeliveryFingerprint mark = new DeliveryFingerprint(7, new byte[] {1, 2});
      RefusingDisk.refusesAfter(writes);
      boolean refused = refuses(journal, batch, mark);
      assertThat(journal.next(10, 1_000).size()).isIn(0, 2);
      assertThat(journal.oldest()).isEqualTo(LogTime.instant(first.at()));
      assertThat(journal.completeSince()).isLessThanOrEqualTo(first.at());
      RefusingDisk.works();
      if (refused) {
        Appended.to(journal, batch, List.of(mark));
      }
      assertThat(journal.took(mark)).isTrue();
      journal.rewind();
      assertThat(journal.unread()).isEqualTo(3);
      assertThat(journal.next(10, 1_000)).hasSize(3);
      assertThat(journal.unread()).isZero();
      journal.remove(List.of(first.at(), batch.get(0).at(), batch.get(1).at()));
      assertThat(journal.bytes()).isZero();
      assertThat(journal.oldest()).isNull();
    }
  }

  /** Whether the disk refused it; if so nothing of it may show. */
  private static boolean refuses(Journal journal, List<JournalLine> batch, DeliveryFingerprint mark)
      throws InterruptedException {
    try {
      Appended.to(journal, batch, List.of(mark));
      return false;
    } catch (MVStoreException refused) {
      assertThat(RefusingDisk.refused()).isPositive();
      assertThat(journal.unread()).isZero();
      RefusingDisk.works();
      assertThat(journal.find(0, Long.MAX_VALUE, false, 10, e -> true).size()).isIn(1, 3);
      RefusingDisk.refusesAfter(0);
      return true;
    }
  }

  @Test
  void a_disk_that_refuses_at_once_leaves_nothing_behind_and_goes_on_by_itself()
      throws InterruptedException {
    try (Journal journal =
        new Journal(new JournalFile(RefusingDisk.file(folder.resolve("journal.mv"))), LARGE, NOW)) {
      JournalLine first = append(journal, NOW);
      JournalLine second = entry(journal, NOW);
      journal.next(10, 1_000);
      RefusingDisk.refusesAfter(0);
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> Appended.to(journal, List.of(second), List.of()))
            .isInstanceOf(MVStoreException.class);
        assertThat(journal.next(10, 1_000)).isEmpty();
        assertThat(journal.unread()).isZero();
        assertThat(journal.find(0, Long.MAX_VALUE, true, 10, e -> true))
            .extracting(JournalLine::id)
            .containsExactly(first.id());
        assertThat(journal.isWritable()).isFalse();
        assertThat(journal.condition())
            .isEqualTo("cannot be written: java.io.IOException: No space left on device");
      }
      assertThatThrownBy(() -> journal.remove(List.of(first.at())))
          .isInstanceOf(MVStoreException.class);
      assertThat(journal.find(0, Long.MAX_VALUE, true, 10, e -> true)).hasSize(1);
      RefusingDisk.works();
      Appended.to(journal, List.of(second), List.of());
      assertThat(journal.isWritable()).isTrue();
      assertThat(journal.condition()).isEqualTo("ok");
      assertThat(journal.unread()).isEqualTo(1);
      assertThat(journal.next(10, 1_000)).extracting(JournalLine::id).containsExactly(second.id());
    }
  }

  @Test
  void a_closed_journal_is_not_opened_again() throws InterruptedException {
    Journal journal = open(LARGE);
    JournalLine entry = append(journal, NOW);
    journal.close();
    assertThatThrownBy(() -> journal.remove(List.of(entry.at())))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> journal.next(1, 1)).isInstanceOf(IllegalStateException.class);
    try (Journal again = open(LARGE)) {
      assertThat(again.next(10, 1_000)).hasSize(1);
    }
  }

  @Test
  void what_is_searchable_leaves_and_the_rest_is_complete_from_there() throws InterruptedException {
    try (Journal journal = open(LARGE)) {
      JournalLine first = append(journal, NOW);
      JournalLine second = append(journal, NOW.plusSeconds(1));
      journal.remove(List.of(first.at()));
      assertThat(journal.completeSince()).isEqualTo(first.at() + 1);
      assertThat(journal.find(0, Long.MAX_VALUE, false, 10, e -> true))
          .extracting(JournalLine::id)
          .containsExactly(second.id());
      journal.remove(List.of(second.at()));
      assertThat(journal.bytes()).isZero();
      assertThat(journal.oldest()).isNull();
    }
  }

  @Test
  void a_range_is_found_from_either_end() throws InterruptedException {
    try (Journal journal = open(LARGE)) {
      JournalLine a = append(journal, NOW);
      JournalLine b = append(journal, NOW.plusSeconds(1));
      JournalLine c = append(journal, NOW.plusSeconds(2));
      assertThat(journal.find(a.at(), b.at(), false, 10, e -> true))
          .extracting(JournalLine::id)
          .containsExactly(a.id(), b.id());
      assertThat(journal.find(a.at(), c.at(), true, 2, e -> true))
          .extracting(JournalLine::id)
          .containsExactly(c.id(), b.id());
    }
  }

  @Test
  void a_full_journal_waits_until_there_is_room() throws InterruptedException {
    try (Journal journal = open(100)) {
      JournalLine first = append(journal, NOW);
      append(journal, NOW);
      CompletableFuture<JournalLine> waiting =
          CompletableFuture.supplyAsync(() -> appendUnchecked(journal));
      Awaitility.await().during(Duration.ofMillis(300)).until(() -> !waiting.isDone());
      assertThat(journal.isFull()).isTrue();
      assertThat(journal.condition()).isEqualTo("full");
      journal.remove(List.of(first.at()));
      journal.remove(
          journal.find(0, Long.MAX_VALUE, false, 10, e -> true).stream()
              .map(JournalLine::at)
              .toList());
      assertThat(waiting.orTimeout(60, TimeUnit.SECONDS).join().at()).isPositive();
      assertThat(journal.isFull()).isFalse();
      assertThat(journal.condition()).isEqualTo("ok");
    }
  }

  @Test
  void a_second_process_is_refused_with_a_sentence() {
    try (Journal journal = open(LARGE)) {
      assertThat(journal.bytes()).isZero();
      assertThatThrownBy(() -> open(LARGE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("JOURNAL_DIR cannot be used");
      assertThat(folder.toFile().list()).containsExactly("journal.mv");
    }
  }

  @Test
  void nobody_who_reads_waits_for_a_disk_that_hangs() throws InterruptedException {
    try (Journal journal =
        new Journal(new JournalFile(RefusingDisk.file(folder.resolve("journal.mv"))), LARGE, NOW)) {
      JournalLine first = append(journal, NOW);
      CompletableFuture<JournalLine> second;
      RefusingDisk.hangs();
      try {
        second = CompletableFuture.supplyAsync(() -> appendUnchecked(journal));
        Awaitility.await().until(() -> RefusingDisk.hanging() == 1);
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> tellsOfOnly(first, journal));
      } finally {
        RefusingDisk.works();
      }
      JournalLine safe = second.orTimeout(60, TimeUnit.SECONDS).join();
      assertThat(journal.find(0, Long.MAX_VALUE, true, 10, e -> true))
          .extracting(JournalLine::id)
          .containsExactly(safe.id(), first.id());
    }
  }

  @Test
  void the_entity_that_fills_it_is_named() throws InterruptedException {
    JournalFile file = new JournalFile(folder.resolve("journal.mv").toString());
    try (Journal journal = new Journal(file, LARGE, NOW)) {
      assertThat(JournalView.mostOf(file.maps())).isEmpty();
      List<JournalLine> lines = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        JournalLine.Stamp stamp = journal.stamp(NOW);
        String entity = i % 7 == 0 ? "quiet." + i : "loud\n";
        lines.add(
            new JournalLine(stamp.at(), stamp.id(), Kind.LINE, entity, new byte[] {'{', '}'}));
      }
      Appended.to(journal, lines, List.of());
      assertThat(JournalView.mostOf(file.maps())).matches("loud \\((7|8|9|10)[0-9] %\\)");
    }
  }

  private static void tellsOfOnly(JournalLine first, Journal journal) {
    assertThat(journal.bytes()).isEqualTo(first.size());
    assertThat(journal.unread()).isEqualTo(1);
    assertThat(journal.oldest()).isEqualTo(LogTime.instant(first.at()));
    assertThat(journal.completeSince()).isLessThanOrEqualTo(first.at());
    assertThat(journal.lastGiven()).isGreaterThan(first.at());
    assertThat(journal.condition()).isEqualTo("ok");
    assertThat(journal.find(0, Long.MAX_VALUE, false, 10, e -> true))
        .extracting(JournalLine::id)
        .containsExactly(first.id());
  }

  /** More than the cache holds, so that the disk is read while its chunks would be free by then. */
  @Test
  void a_reader_reads_on_while_all_of_it_is_removed() throws InterruptedException {
    Duration none = Duration.ofMillis(-1);
    JournalFile file = new JournalFile(folder.resolve("journal.mv").toString(), none);
    try (Journal journal = new Journal(file, LARGE, NOW)) {
      List<JournalLine> all = new ArrayList<>();
      for (int batch = 0; batch < 50; batch++) {
        all.addAll(appendLarge(journal, 10, 20_000));
      }
      List<String> read = new ArrayList<>();
      journal.find(
          0,
          Long.MAX_VALUE,
          false,
          10_000,
          entry -> {
            if (read.isEmpty()) {
              removeAndOverwrite(journal, all);
            }
            read.add(entry.id());
            return false;
          });
      assertThat(read).isEqualTo(all.stream().map(JournalLine::id).toList());
    }
  }

  private static void removeAndOverwrite(Journal journal, List<JournalLine> all) {
    journal.remove(all.stream().map(JournalLine::at).toList());
    for (int batch = 0; batch < 80; batch++) {
      appendLarge(journal, 10, 20_000);
    }
  }

  @Test
  void the_start_reads_a_small_part_of_a_large_journal() throws InterruptedException {
    Path path = folder.resolve("journal.mv");
    JournalFile file = new JournalFile(RefusingDisk.file(path));
    Journal large = new Journal(file, LARGE, NOW);
    for (int batch = 0; batch < 100; batch++) {
      appendLarge(large, 100, 10_000);
    }
    file.drop();
    assertThat(bytesReadAtStart(path, 100 * 100 * 10_064L)).isLessThan(4_000_000);
    assertThat(bytesReadAtStart(path, 100 * 100 * 10_064L)).isLessThan(4_000_000);
  }

  private static long bytesReadAtStart(Path path, long held) {
    RefusingDisk.bytesRead();
    try (Journal journal = new Journal(new JournalFile(RefusingDisk.file(path)), LARGE, NOW)) {
      assertThat(journal.bytes()).isEqualTo(held);
      assertThat(journal.unread()).isEqualTo(10_000);
      return RefusingDisk.bytesRead();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 5_000, 8_192})
  void a_broken_file_is_put_aside_and_a_new_one_begun(int keep) throws Exception {
    Path path = folder.resolve("journal.mv");
    try (Journal journal = open(LARGE)) {
      append(journal, NOW);
    }
    byte[] broken = new byte[20_000];
    System.arraycopy(Files.readAllBytes(path), 0, broken, 0, keep);
    byte[] left = keep == 100 ? Arrays.copyOf(broken, keep) : broken;
    Files.write(path, left);
    try (Journal journal = open(LARGE)) {
      assertThat(journal.condition())
          .isEqualTo("begun anew, the broken file is journal.mv.broken-20260216T103000Z");
      assertThat(folder.resolve("journal.mv.broken-20260216T103000Z")).hasBinaryContent(left);
      append(journal, NOW);
      assertThat(journal.unread()).isEqualTo(1);
    }
    try (Journal journal = open(LARGE)) {
      assertThat(journal.condition()).isEqualTo("ok");
      assertThat(journal.unread()).isEqualTo(1);
    }
    Files.write(path, left);
    try (Journal journal = open(LARGE)) {
      assertThat(journal.condition()).endsWith("broken-20260216T103000Z-2");
    }
  }

  @Test
  void a_part_that_goes_bad_is_left_out_and_all_around_it_goes_on() throws Exception {
    Path path = folder.resolve("journal.mv");
    List<JournalLine> all;
    try (Journal journal = open(LARGE)) {
      all = new ArrayList<>(appendLarge(journal, 2_000, 200));
      all.add(append(journal, NOW)); // of the last commit all is read at the start
    }
    Files.write(path, withoutPageOf(all.get(1_000).id(), Files.readAllBytes(path), (byte) 0xff));
    try (Journal journal = open(LARGE)) {
      assertThat(journal.condition()).isEqualTo("ok"); // the start reads but a part
      List<JournalLine> read = journal.next(5_000, 1 << 30);
      assertThat(read)
          .hasSizeBetween(1_500, 1_999)
          .extracting(JournalLine::id)
          .contains(all.get(0).id(), all.get(2_000).id());
      assertThat(journal.find(0, Long.MAX_VALUE, true, 5_000, line -> true)).hasSameSizeAs(read);
      assertThat(journal.bytes()).isEqualTo(read.stream().mapToLong(JournalLine::size).sum());
      assertThat(journal.completeSince()).isGreaterThan(all.get(2_000).at());
      assertThat(journal.condition())
          .startsWith("begun anew, the broken file is journal.mv.broken");
      String aside = journal.condition().replaceFirst(".* ", "");
      assertThat(folder.resolve(aside)).exists();
      journal.remove(read.stream().map(JournalLine::at).toList());
      append(journal, NOW.plusSeconds(1));
    }
    try (Journal journal = open(LARGE)) {
      assertThat(journal.condition()).isEqualTo("ok");
      assertThat(journal.unread()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(bytes = {(byte) 0xff, 0})
  void so_is_the_first_one_without_which_it_cannot_be_opened(byte there) throws Exception {
    Path path = folder.resolve("journal.mv");
    List<JournalLine> all;
    try (Journal journal = open(LARGE)) {
      all = new ArrayList<>(appendLarge(journal, 2_000, 200));
      all.add(append(journal, NOW)); // as above
    }
    Files.write(path, withoutPageOf(all.get(0).id(), Files.readAllBytes(path), there));
    try (Journal journal = open(LARGE)) {
      assertThat(journal.next(5_000, 1 << 30))
          .hasSizeBetween(1_000, 1_999)
          .extracting(JournalLine::id)
          .contains(all.get(2_000).id())
          .doesNotContain(all.get(0).id());
      assertThat(journal.condition())
          .startsWith("begun anew, the broken file is journal.mv.broken");
    }
  }

  @Test
  void a_copy_that_was_not_yet_put_in_its_place_is_found_at_the_start() throws Exception {
    try (Journal journal = open(LARGE)) {
      append(journal, NOW);
    }
    Files.move(folder.resolve("journal.mv"), folder.resolve("journal.mv.new"));
    try (Journal journal = open(LARGE)) {
      assertThat(journal.unread()).isEqualTo(1);
    }
  }

  /** Makes a page unreadable wherever it stands in the file. */
  private static byte[] withoutPageOf(String id, byte[] file, byte there) {
    byte[] sought = id.getBytes(StandardCharsets.ISO_8859_1);
    for (int at = 0; at < file.length - sought.length; at++) {
      if (Arrays.equals(file, at, at + sought.length, sought, 0, sought.length)) {
        Arrays.fill(file, at - 400, at + 400, there);
      }
    }
    return file;
  }

  @Test
  void a_clock_that_was_in_the_future_once_stops_nothing() throws InterruptedException {
    try (Journal journal = open(LARGE)) {
      JournalLine before = append(journal, NOW);
      JournalLine future = append(journal, NOW.plusSeconds(3_600));
      assertThat(journal.next(10, 1_000)).hasSize(2);
      JournalLine back = append(journal, NOW.plusSeconds(1));
      JournalLine next = append(journal, NOW.plusSeconds(2));
      assertThat(List.of(back.at(), next.at()))
          .containsExactly(LogTime.micros(NOW.plusSeconds(1)), LogTime.micros(NOW.plusSeconds(2)));
      assertThat(journal.next(10, 1_000))
          .extracting(JournalLine::id)
          .contains(back.id(), next.id());
      journal.remove(List.of(before.at(), future.at(), back.at(), next.at()));
      assertThat(journal.bytes()).isZero();
      JournalLine passed = append(journal, NOW.plusSeconds(3_600));
      assertThat(passed.id()).isNotEqualTo(future.id());
      assertThat(journal.next(10, 1_000)).extracting(JournalLine::id).containsExactly(passed.id());
    }
  }

  @Test
  void the_age_of_a_line_is_never_negative() {
    assertThat(JournalKeeper.age(NOW, NOW.plusSeconds(2))).isEqualTo(Duration.ofSeconds(2));
    assertThat(JournalKeeper.age(NOW, NOW.minusSeconds(3_600))).isZero();
    assertThat(JournalKeeper.age(null, NOW)).isZero();
  }

  private static List<JournalLine> appendLarge(Journal journal, int count, int bytes) {
    try {
      List<JournalLine> batch = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        JournalLine.Stamp stamp = journal.stamp(NOW);
        batch.add(new JournalLine(stamp.at(), stamp.id(), Kind.LINE, "e", new byte[bytes]));
      }
      Appended.to(journal, batch, List.of());
      return batch;
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  private Journal open(long maxBytes) {
    return Journal.open(folder, maxBytes, NOW);
  }

  private static JournalLine append(Journal journal, Instant now) throws InterruptedException {
    JournalLine entry = entry(journal, now);
    Appended.to(journal, List.of(entry), List.of());
    return entry;
  }

  private static JournalLine entry(Journal journal, Instant now) {
    JournalLine.Stamp stamp = journal.stamp(now);
    byte[] json = ("{\"id\":\"" + stamp.id() + "\"}").getBytes(StandardCharsets.UTF_8);
    return new JournalLine(stamp.at(), stamp.id(), Kind.LINE, "e", json);
  }

  private static JournalLine appendUnchecked(Journal journal) {
    try {
      return append(journal, NOW);
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  private static String suffix(JournalLine entry) {
    return entry.id().substring(entry.id().indexOf('-'));
  }
}
