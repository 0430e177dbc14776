package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MailboxTest {
  private static final int ALL = Integer.MAX_VALUE;

  private final Mailbox mailbox = new Mailbox(new ViewerMemory());

  @Test
  void events_are_taken_in_order_and_once() {
    put(1, 2, 3);
    assertThat(sequences(mailbox.take(ALL))).containsExactly(1L, 2L, 3L);
    assertThat(mailbox.isEmpty()).isTrue();
    assertThat(sequences(mailbox.take(ALL))).isEmpty();
  }

  @Test
  void at_least_one_event_is_taken_however_large() {
    mailbox.put(event("a", 1, 5_000));
    mailbox.put(event("a", 2, 5_000));
    assertThat(sequences(mailbox.take(10))).containsExactly(1L);
  }

  @Test
  void a_reader_that_stops_gets_a_gap_in_the_place_of_what_it_lost() {
    for (int i = 1; i <= Mailbox.MAX_EVENTS + 5; i++) {
      put(i);
    }
    Mailbox.Batch batch = mailbox.take(ALL);
    assertThat(batch.gaps()).hasSize(1);
    StreamEvent.Lines lost = batch.gaps().get(0).lines();
    assertThat(lost).isEqualTo(new StreamEvent.Lines("a", 5, "1", "5"));
    assertThat(batch.before()).isEqualTo(5);
    assertThat(batch.items()).hasSize(Mailbox.MAX_EVENTS);
    assertThat(mailbox.take(ALL).gaps()).isEmpty();
  }

  @Test
  void bytes_are_bounded_too_but_the_newest_event_always_stays() {
    mailbox.put(event("a", 1, 600_000));
    mailbox.put(event("a", 2, 600_000));
    mailbox.put(event("a", 3, 3_000_000));
    Mailbox.Batch batch = mailbox.take(ALL);
    assertThat(sequences(batch)).containsExactly(3L);
    assertThat(batch.gaps().get(0).lines().count()).isEqualTo(2);
  }

  @Test
  void a_nudge_that_did_not_fit_is_still_told() {
    mailbox.put(StreamEvent.ROTATION_UPDATED);
    mailbox.put(event("a", 2, 2_000_000));
    Mailbox.Batch batch = mailbox.take(ALL);
    assertThat(batch.nudge()).isTrue();
    assertThat(batch.gaps()).isEmpty();
    assertThat(sequences(batch)).containsExactly(2L);
  }

  @Test
  void a_gap_that_was_told_stands_between_events_and_takes_the_place_of_none() {
    put(1);
    mailbox.lose(new StreamEvent.Lines("b", 7, "1", "2"));
    put(2);
    Mailbox.Batch batch = mailbox.take(ALL);
    assertThat(batch.gaps()).extracting(gap -> gap.lines().count()).containsExactly(7);
    assertThat(sequences(batch)).containsExactly(1L, 3L);
    mailbox.lose(new StreamEvent.Lines("b", 5, "3", "4"));
    assertThat(mailbox.isEmpty()).isFalse();
    batch = mailbox.take(ALL);
    assertThat(batch.gaps()).extracting(gap -> gap.lines().count()).containsExactly(5);
    assertThat(batch.items()).isEmpty();
    assertThat(mailbox.isEmpty()).isTrue();
    mailbox.rewind(1);
    assertThat(sequences(mailbox.take(ALL))).containsExactly(3L);
  }

  @Test
  void events_stay_in_order_however_often_the_oldest_are_let_go() {
    long last = 0;
    for (int i = 1; i <= 5 * Mailbox.MAX_EVENTS; i++) {
      put(i);
      if (i % 700 == 0) {
        List<Long> taken = sequences(mailbox.take(ALL));
        assertThat(taken).hasSize(700).isSorted().startsWith(last + 1);
        last = taken.get(taken.size() - 1);
      }
    }
    mailbox.rewind(last - 1_000);
    assertThat(sequences(mailbox.take(ALL))).startsWith(last - 999).endsWith(10_000L).isSorted();
  }

  @Test
  void going_back_gives_exactly_what_follows() {
    put(1, 2, 3, 4);
    mailbox.take(ALL);
    put(5);
    mailbox.rewind(2);
    assertThat(sequences(mailbox.take(ALL))).containsExactly(3L, 4L, 5L);
  }

  @Test
  void going_back_beyond_what_is_kept_is_a_gap_for_each_entity() {
    mailbox.put(event("a", 1, 10));
    mailbox.put(event("b", 2, 10));
    mailbox.take(ALL);
    mailbox.put(event("a", 3, 1_100_000));
    mailbox.rewind(1);
    Mailbox.Batch batch = mailbox.take(ALL);
    assertThat(batch.gaps()).extracting(g -> g.lines().entityId()).containsExactly("b");
    assertThat(sequences(batch)).containsExactly(3L);
  }

  @Test
  void an_id_that_was_never_given_out_makes_everything_a_gap() {
    put(1, 2);
    mailbox.take(ALL);
    put(3);
    mailbox.rewind(99);
    Mailbox.Batch batch = mailbox.take(ALL);
    assertThat(batch.items()).isEmpty();
    assertThat(batch.gaps().get(0).lines()).isEqualTo(new StreamEvent.Lines("a", 3, "1", "3"));
    put(4);
    assertThat(sequences(mailbox.take(ALL))).containsExactly(4L);
  }

  @Test
  void going_back_beyond_a_nudge_that_was_let_go_tells_it_again() {
    mailbox.put(StreamEvent.ROTATION_UPDATED);
    mailbox.take(ALL);
    mailbox.put(event("a", 2, 2_000_000));
    mailbox.rewind(0);
    assertThat(mailbox.take(ALL).nudge()).isTrue();
    mailbox.rewind(1);
    assertThat(mailbox.take(ALL).nudge()).isFalse();
  }

  @Test
  void a_gap_is_exact_for_some_thousand_events_and_never_tells_of_too_few_beyond() {
    int last = 3 * Mailbox.MAX_PLACES;
    for (int i = 1; i <= last; i++) {
      put(i);
      mailbox.take(ALL);
    }
    mailbox.rewind(last - 3_000);
    assertThat(missed(mailbox.take(ALL))).isEqualTo(3_000 - Mailbox.MAX_EVENTS);
    mailbox.rewind(5);
    assertThat(missed(mailbox.take(ALL))).isEqualTo(last - Mailbox.MAX_EVENTS);
  }

  @Test
  void what_was_forgotten_is_neither_told_nor_kept() {
    put(1, 2);
    mailbox.clear();
    assertThat(mailbox.isEmpty()).isTrue();
    put(3);
    mailbox.rewind(1);
    Mailbox.Batch batch = mailbox.take(ALL);
    assertThat(batch.gaps()).isEmpty();
    assertThat(sequences(batch)).containsExactly(3L);
  }

  @Test
  void who_does_not_say_what_he_has_seen_gets_only_what_is_new() {
    put(1, 2);
    mailbox.skip();
    put(3);
    assertThat(sequences(mailbox.take(ALL))).containsExactly(3L);
  }

  @Test
  void of_what_many_share_a_trim_lets_go_of_no_more_than_was_wanted() {
    ViewerMemory memory = new ViewerMemory();
    List<Mailbox> many = IntStream.range(0, 700).mapToObj(i -> new Mailbox(memory)).toList();
    for (int i = 1; i <= 1_000; i++) {
      StreamEvent event = event("a", i, 100);
      many.forEach(each -> each.put(event));
    }
    Mailbox one = many.get(0);
    one.take(ALL);
    assertThat(one.trim(200, true)).isPositive();
    one.rewind(200);
    assertThat(one.take(ALL).items()).hasSize(800);
  }

  @Test
  void a_trim_adds_losses_together_before_it_lets_go_of_events_and_counts_what_that_frees() {
    ViewerMemory memory = new ViewerMemory();
    Mailbox box = new Mailbox(memory);
    for (int i = 1; i <= Mailbox.MAX_EVENTS + 1_000; i++) {
      box.put(event("a", i, 100));
    }
    box.take(ALL);
    long before = memory.used();
    assertThat(box.trim(100_000, true)).isEqualTo(before - memory.used()).isGreaterThan(100_000);
    box.rewind(1_000);
    assertThat(box.take(ALL).items()).hasSize(Mailbox.MAX_EVENTS);
  }

  @Test
  void after_a_trim_a_gap_tells_of_nothing_that_was_let_go_before_the_trim_before() {
    for (int i = 1; i <= 2_000; i++) {
      put(i);
      mailbox.take(ALL);
      if (i % 100 == 0) {
        assertThat(mailbox.trim(ALL, true)).isPositive();
      }
    }
    put(2_001);
    mailbox.rewind(1_950);
    Mailbox.Batch batch = mailbox.take(ALL);
    assertThat(missed(batch)).isEqualTo(100);
    assertThat(sequences(batch)).containsExactly(2_001L);
    mailbox.rewind(1);
    assertThat(missed(mailbox.take(ALL))).isEqualTo(2_000);
    mailbox.rewind(2_000);
    assertThat(missed(mailbox.take(ALL))).isZero();
  }

  @Property
  void nothing_is_lost_without_a_gap_and_nothing_comes_twice(
      @ForAll @Size(max = 60) List<@IntRange(max = 400_000) Integer> sizes,
      @ForAll @IntRange(min = 1, max = 20) int takeEvery) {
    Mailbox box = new Mailbox(new ViewerMemory());
    int seen = 0;
    int missed = 0;
    long last = 0;
    for (int i = 0; i <= sizes.size(); i++) {
      if (i < sizes.size()) {
        box.put(event("a", i + 1, sizes.get(i)));
      }
      if (i % takeEvery == 0 || i == sizes.size()) {
        Mailbox.Batch batch = box.take(ALL);
        missed += missed(batch);
        seen += batch.items().size();
        for (Mailbox.Item item : batch.items()) {
          assertThat(item.sequence()).isGreaterThan(last);
          last = item.sequence();
        }
      }
    }
    assertThat(seen + missed).isEqualTo(sizes.size());
  }

  private void put(int... numbers) {
    for (int number : numbers) {
      mailbox.put(event("a", number, 20));
    }
  }

  private static StreamEvent event(String entityId, int number, int size) {
    byte[] json = "x".repeat(size).getBytes(StandardCharsets.UTF_8);
    String time = Integer.toString(number);
    return StreamEvent.deviceLogs(json, new StreamEvent.Lines(entityId, 1, time, time));
  }

  private static int missed(Mailbox.Batch batch) {
    return batch.gaps().stream().mapToInt(gap -> gap.lines().count()).sum();
  }

  private static List<Long> sequences(Mailbox.Batch batch) {
    return batch.items().stream().map(Mailbox.Item::sequence).toList();
  }
}
