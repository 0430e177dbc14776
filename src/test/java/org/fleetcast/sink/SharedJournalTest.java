package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.fleetcast.cluster.BatchLog;
import org.fleetcast.cluster.BatchReader;
import org.fleetcast.cluster.Cluster;
import org.fleetcast.cluster.SharedDatabase;
import org.h2.mvstore.MVStoreException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SharedJournalTest {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00.123456Z");
  private final SharedDatabase database = SharedDatabase.empty();

  @TempDir Path folder;

  private final List<Replica> replicas = new ArrayList<>();

  /** Batches of which the database may give only some. */
  private static final class Reading extends BatchLog {
    private int most = Integer.MAX_VALUE;
    private Runnable between = () -> {};

    Reading(Cluster cluster) {
      super(cluster);
    }

    @Override
    public void load(Consumer<Value> values, Consumer<Numbered> batches) throws SQLException {
      int[] read = new int[1];
      super.load(
          values,
          batch -> {
            if (read[0]++ == most) {
              throw new IllegalStateException("the database has gone");
            }
            batches.accept(batch);
            between.run();
          });
    }
  }

  /** A process with its copy, and what it has shown. */
  private final class Replica implements AutoCloseable {
    private final Reading log = new Reading(database.replica());
    private final List<String> shown = new CopyOnWriteArrayList<>();
    private final SharedJournal shared;
    private final Journal journal;

    Replica(Path folder, long maxBytes) throws SQLException {
      shared = new JournalFolder(folder).copy(log);
      journal = new Journal(shared, maxBytes, NOW, null);
      shared.show(
          messages ->
              messages.forEach(message -> message.lines().forEach(line -> shown.add(line.id()))));
      shared.load();
      journal.goOn();
    }

    void lead() {
      shared.lead(database.sql("update sink_lease set epoch = epoch + 1 returning epoch"));
      journal.goOn();
    }

    boolean follow() throws SQLException {
      return shared.take(log.after(shared.seq()));
    }

    JournalLine line(Instant at) {
      JournalLine.Stamp stamp = journal.stamp(at);
      byte[] json = "{\"message\":\"x\"}".getBytes(StandardCharsets.UTF_8);
      return new JournalLine(stamp.at(), stamp.id(), JournalLine.Kind.LINE, "e", json);
    }

    void append(int packetId, JournalLine... lines) throws InterruptedException {
      journal.begin();
      List<JournalLine> all = List.of(lines);
      journal.append(
          List.of(new Delivery.Taken(all, 0, List.of(), NOW)),
          all,
          List.of(new DeliveryFingerprint(packetId, new byte[] {1, 2})),
          maps -> {});
    }

    List<String> held() {
      return journal.find(Long.MIN_VALUE, Long.MAX_VALUE, false, 1_000, line -> true).stream()
          .map(JournalLine::id)
          .toList();
    }

    boolean took(int packetId) {
      return journal.took(new DeliveryFingerprint(packetId, new byte[] {1, 2}));
    }

    @Override
    public void close() {
      journal.close();
    }
  }

  @AfterEach
  void close() {
    replicas.forEach(Replica::close);
  }

  private Replica replica() throws SQLException {
    return replica(1 << 30);
  }

  private Replica replica(long maxBytes) throws SQLException {
    Replica made = new Replica(folder.resolve("r" + replicas.size()), maxBytes);
    replicas.add(made);
    return made;
  }

  @Test
  void what_one_takes_is_shown_and_held_at_every_other_in_its_order() throws Exception {
    Replica one = replica();
    Replica other = replica();
    one.lead();
    JournalLine a = one.line(NOW);
    JournalLine b = one.line(NOW);
    one.append(1, a, b);
    JournalLine c = one.line(NOW);
    one.append(2, c);
    assertThat(other.follow()).isTrue();
    assertThat(one.shown).containsExactly(a.id(), b.id(), c.id());
    assertThat(other.shown).isEqualTo(one.shown);
    assertThat(other.held()).isEqualTo(one.held()).hasSize(3);
    assertThat(replica().held()).isEqualTo(one.held());
  }

  @Test
  void who_follows_goes_on_with_times_marks_and_lines() throws Exception {
    Replica one = replica();
    Replica other = replica();
    one.lead();
    JournalLine taken = one.line(NOW);
    one.append(7, taken);
    other.follow();
    other.lead();
    assertThat(other.took(7)).isTrue();
    assertThat(other.took(8)).isFalse();
    assertThat(other.journal.stamp(NOW.minusSeconds(9)).at()).isEqualTo(taken.at() + 1);
    assertThat(other.journal.next(10, 1_000)).extracting(JournalLine::id).contains(taken.id());
  }

  @Test
  void who_lost_the_lease_writes_nothing_and_shows_nothing() throws Exception {
    Replica one = replica();
    Replica other = replica();
    one.lead();
    one.append(1, one.line(NOW));
    other.follow();
    other.lead();
    JournalLine late = one.line(NOW);
    assertThatThrownBy(() -> one.append(2, late)).isInstanceOf(NotHolderException.class);
    assertThat(one.shown).hasSize(1);
    assertThat(one.held()).doesNotContain(late.id());
    assertThat(one.took(2)).isFalse();
    other.append(3, other.line(NOW));
    assertThat(one.follow()).isTrue();
    assertThat(one.held()).isEqualTo(other.held()).hasSize(2);
  }

  @Test
  void who_follows_appends_nothing() throws Exception {
    Replica one = replica();
    assertThatThrownBy(() -> one.append(1, one.line(NOW))).isInstanceOf(NotHolderException.class);
    assertThat(one.journal.next(10, 1_000)).isEmpty();
  }

  @Test
  void a_batch_that_was_written_though_it_seemed_refused_is_taken_once() throws Exception {
    Replica one = replica();
    one.lead();
    JournalLine line = one.line(NOW);
    Replica same = replica(); // writes what the other does not know to be written
    same.shared.lead(database.sql("select epoch from sink_lease"));
    same.append(1, line);
    assertThatThrownBy(() -> one.append(1, line)).isInstanceOf(MVStoreException.class);
    assertThat(one.shown).isEmpty();
    one.append(1, line);
    assertThat(one.shown).containsExactly(line.id());
    assertThat(one.held()).containsExactly(line.id());
    Replica other = replica();
    assertThat(other.held()).containsExactly(line.id());
    same.follow();
    assertThat(same.shown).containsExactly(line.id());
  }

  private void endWriting() {
    database.sql(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            + " where application_name like 'fleetcast-sink%'");
  }

  @Test
  void a_database_that_goes_away_leaves_nothing_half_taken() throws Exception {
    Replica one = replica();
    one.lead();
    one.append(1, one.line(NOW));
    JournalLine next = one.line(NOW);
    endWriting();
    assertThatThrownBy(() -> one.append(2, next)).isInstanceOf(MVStoreException.class);
    assertThat(one.held()).hasSize(1);
    assertThat(one.took(2)).isFalse();
    assertThat(one.shared.isSettled()).isFalse(); // others may have shown it
    one.append(2, next);
    assertThat(one.shared.isSettled()).isTrue();
    assertThat(one.held()).hasSize(2);
    assertThat(one.shown).hasSize(2).endsWith(next.id());
  }

  @Test
  void what_waited_for_room_in_an_earlier_turn_is_not_taken_in_a_later_one() throws Exception {
    Replica one = replica(1);
    Replica other = replica();
    one.lead();
    JournalLine first = one.line(NOW);
    one.append(1, first);
    JournalLine late = one.line(NOW);
    AtomicReference<Throwable> refusal = new AtomicReference<>();
    Thread intake =
        new Thread(() -> refusal.set(catchThrowable(() -> one.append(2, late))), "intake");
    intake.start();
    await().until(() -> intake.getState() == Thread.State.WAITING);
    one.shared.follow();
    other.follow();
    other.lead();
    JournalLine again = other.line(NOW);
    other.append(2, again);
    one.follow();
    one.lead();
    one.journal.remove(List.of(first.at(), again.at()));
    intake.join();
    assertThat(refusal.get()).isInstanceOf(NotHolderException.class);
    assertThat(one.shown).containsExactly(first.id(), again.id());
    assertThat(one.journal.condition()).isEqualTo("ok");
  }

  @Test
  void a_copy_that_was_made_half_shows_nothing_until_it_is_made_whole() throws Exception {
    Replica one = replica();
    Replica other = replica();
    one.lead();
    for (int i = 1; i <= 5; i++) {
      one.append(i, one.line(NOW));
    }
    other.follow();
    other.log.most = 3;
    assertThatThrownBy(other.shared::load).isInstanceOf(IllegalStateException.class);
    one.append(6, one.line(NOW));
    assertThat(other.follow()).isFalse();
    other.log.most = Integer.MAX_VALUE;
    other.shared.load();
    assertThat(other.follow()).isTrue();
    assertThat(other.shown).hasSize(5);
    assertThat(other.held()).isEqualTo(one.held());
  }

  @Test
  void who_reads_a_copy_that_is_made_anew_finds_what_was_there_or_what_is_and_nothing_between()
      throws Exception {
    Replica one = replica();
    Replica other = replica();
    one.lead();
    for (int i = 1; i <= 3; i++) {
      one.append(i, one.line(NOW));
    }
    other.follow();
    List<String> before = other.held();
    long bytes = other.journal.bytes();
    one.append(4, one.line(NOW));
    one.append(5, one.line(NOW));
    List<List<String>> found = new ArrayList<>();
    List<Long> sizes = new ArrayList<>();
    other.log.between =
        () -> {
          found.add(other.held());
          sizes.add(other.journal.bytes());
        };
    other.shared.load();
    assertThat(found).hasSize(5).containsOnly(before);
    assertThat(sizes).containsOnly(bytes);
    assertThat(other.held()).isEqualTo(one.held());
    assertThat(other.journal.bytes()).isEqualTo(one.journal.bytes());
  }

  @Test
  void a_database_that_lost_batches_and_got_others_of_their_numbers_is_found_out()
      throws Exception {
    Replica one = replica();
    Replica other = replica();
    one.lead();
    for (int i = 1; i <= 3; i++) {
      one.append(i, one.line(NOW));
    }
    other.follow();
    database.sql("delete from sink_batch where seq > 1");
    Replica third = replica();
    third.lead();
    for (int i = 2; i <= 4; i++) {
      third.append(i, third.line(NOW.plusSeconds(1)));
    }
    try (BatchReader reader = one.log.reader()) {
      assertThat(third.shared.isIn(reader)).isTrue();
      assertThat(one.shared.isIn(reader)).isFalse();
      assertThat(other.shared.isIn(reader)).isFalse();
    }
  }

  @Test
  void who_archived_before_contradicts_nobody_who_does_now() throws Exception {
    Replica one = replica();
    Replica other = replica();
    one.lead();
    JournalLine searchable = one.line(NOW);
    JournalLine later = one.line(NOW);
    one.append(1, searchable, later);
    other.follow();
    one.journal.remove(List.of(searchable.at()));
    other.lead();
    JournalLine newest = other.line(NOW.plusSeconds(9));
    other.append(2, newest);
    one.shared.follow();
    one.follow();
    assertThat(one.journal.completeSince()).isGreaterThan(searchable.at());
    one.journal.remove(List.of(later.at()));
    assertThat(one.held()).containsExactly(later.id(), newest.id());
    one.lead();
    assertThat(one.line(NOW).at()).isGreaterThan(newest.at());
  }

  @Test
  @Timeout(120)
  void who_has_missed_batches_and_is_in_doubt_takes_nothing() throws Exception {
    Replica one = replica();
    Replica other = replica();
    one.lead();
    one.append(1, one.line(NOW));
    JournalLine next = one.line(NOW);
    endWriting();
    assertThatThrownBy(() -> one.append(2, next)).isInstanceOf(MVStoreException.class);
    other.follow();
    other.lead();
    other.append(2, other.line(NOW));
    other.append(3, other.line(NOW));
    database.sql("delete from sink_batch where seq = 2");
    assertThatThrownBy(() -> one.append(2, next)).isInstanceOf(NotHolderException.class);
    assertThat(one.held()).hasSize(1);
  }

  @Test
  void what_a_later_batch_took_back_does_not_come_with_an_older_one_that_is_kept()
      throws Exception {
    Replica one = replica();
    one.lead();
    one.append(1, one.line(NOW));
    one.journal.remember(maps -> maps.begun().put("message", new byte[40]));
    one.journal.remember(maps -> maps.begun().remove("message"));
    database.sql("delete from sink_batch where seq = 3");
    assertThat(replica().journal.<Boolean>read(maps -> maps.begun().isEmpty())).isTrue();
  }

  @Test
  void batches_that_are_archived_go_and_their_marks_stay() throws Exception {
    Replica one = replica();
    Replica other = replica();
    one.lead();
    List<Long> archived = new ArrayList<>();
    JournalLine stray = one.line(NOW);
    one.append(100, stray);
    for (int i = 0; i < 100; i++) {
      JournalLine line = one.line(NOW.plusSeconds(i));
      one.append(i, line);
      if (i < 80) {
        archived.add(line.at());
      }
    }
    other.follow();
    one.journal.remove(archived);
    one.shared.trim(true);
    assertThat(database.sql("select count(*) from sink_batch")).isLessThan(30);
    assertThat(other.follow()).isTrue();
    Replica late = replica();
    for (Replica each : List.of(other, late)) {
      assertThat(each.held()).contains(stray.id()).hasSize(21);
      assertThat(each.took(0)).isTrue();
      assertThat(each.took(99)).isTrue();
      assertThat(each.journal.completeSince()).isEqualTo(one.journal.completeSince());
    }
  }

  @Test
  void who_was_held_up_for_too_long_finds_out_and_begins_anew() throws Exception {
    Replica one = replica();
    Replica other = replica();
    one.lead();
    List<Long> archived = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      JournalLine line = one.line(NOW.plusSeconds(i));
      one.append(i, line);
      archived.add(line.at());
    }
    one.journal.remove(archived);
    one.shared.trim(true);
    assertThat(other.follow()).isFalse();
    other.shared.load();
    one.append(200, one.line(NOW.plusSeconds(101)));
    assertThat(other.follow()).isTrue();
    assertThat(other.held()).containsAll(one.held());
  }
}
