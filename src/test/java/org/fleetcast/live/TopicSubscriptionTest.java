package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TopicSubscriptionTest {
  private static final int PLENTY = 1_000;
  private static final LineFilter WARNINGS = new LineFilter(LogLevel.W, null);

  private final Mailbox mailbox = new Mailbox(new ViewerMemory());
  private final TopicSubscription feed = feed();

  @Test
  void filtered_out_lines_do_not_come_and_an_event_keeps_only_the_others() {
    feed.put(1, WARNINGS);
    assertThat(feed.offer(lines(1, 4), mailbox)).isTrue();
    assertThat(feed.offer(lines(5, 5), mailbox)).isFalse();
    assertThat(delivered(mailbox)).containsExactly(2, 4);
  }

  @Test
  void a_line_comes_once_if_any_filter_of_the_devices_lets_it() {
    feed.put(1, WARNINGS);
    feed.put(2, new LineFilter(null, "LINE 3"));
    feed.offer(lines(1, 4), mailbox);
    assertThat(delivered(mailbox)).containsExactly(2, 3, 4);
    feed.put(2, LineFilter.NONE);
    feed.offer(lines(5, 6), mailbox);
    feed.remove(2);
    feed.offer(lines(7, 8), mailbox);
    assertThat(delivered(mailbox)).containsExactly(5, 6, 8);
  }

  @Test
  void equal_filters_and_none_share_an_encoding() {
    Publication publication = lines(1, 4);
    TopicSubscription other = feed();
    Mailbox another = new Mailbox(new ViewerMemory());
    feed.put(1, WARNINGS);
    other.put(9, new LineFilter(LogLevel.W, ""));
    feed.offer(publication, mailbox);
    other.offer(publication, another);
    assertThat(event(mailbox)).isSameAs(event(another));
    feed.put(1, LineFilter.NONE);
    other.put(9, new LineFilter(null, "line"));
    feed.offer(publication, mailbox);
    other.offer(publication, another);
    assertThat(event(mailbox)).isSameAs(event(another));
  }

  @Test
  void lines_held_beyond_the_bound_are_a_gap() {
    feed.put(1, LineFilter.NONE);
    PendingTail hold = hold(1, 10);
    for (int i = 1; i <= Mailbox.MAX_EVENTS + 5; i++) {
      feed.offer(lines(i, i), mailbox);
    }
    feed.release(hold, tail(List.of(), 0, 0), mailbox);
    Mailbox.Batch batch = mailbox.take(Integer.MAX_VALUE);
    assertThat(batch.gaps().get(0).lines().count()).isEqualTo(5);
    assertThat(batch.items()).hasSize(Mailbox.MAX_EVENTS);
  }

  @Test
  void what_could_not_be_read_is_a_gap_until_what_comes_next() {
    feed.put(1, LineFilter.NONE);
    PendingTail hold = hold(1, 10);
    feed.release(hold, tail(IntStream.of(7, 8), 20, 8), mailbox);
    StreamEvent.Lines gap = mailbox.take(PLENTY).gaps().get(0).lines();
    assertThat(gap)
        .isEqualTo(
            new StreamEvent.Lines("e", 8, "1970-01-01T00:00:00.000000Z", NumberedLine.time(6)));
  }

  @Test
  void a_second_tail_tells_only_what_is_missing_beyond_the_first() {
    feed.put(1, LineFilter.NONE);
    feed.release(hold(1, 50), tail(IntStream.rangeClosed(100, 129), 129, 20), mailbox);
    feed.release(hold(1, 50), tail(IntStream.rangeClosed(100, 139), 139, 10), mailbox);
    assertThat(mailbox.take(PLENTY).gaps().get(0).lines().count()).isEqualTo(20);
    feed.release(hold(1, 100), tail(IntStream.rangeClosed(100, 139), 139, 60), mailbox);
    assertThat(mailbox.take(PLENTY).gaps().get(0).lines().count()).isEqualTo(40);
  }

  @Test
  void a_tail_for_who_left_or_wants_other_lines_by_now_is_not_shown() {
    feed.put(1, LineFilter.NONE);
    feed.put(2, LineFilter.NONE);
    PendingTail first = hold(1, 10);
    feed.remove(1);
    feed.offer(lines(5, 5), mailbox);
    assertThat(feed.release(first, tail(IntStream.of(3, 4), 4, 0), mailbox)).isEmpty();
    assertThat(delivered(mailbox)).containsExactly(5);
    PendingTail second = hold(2, 10);
    feed.put(2, WARNINGS);
    feed.release(second, tail(IntStream.of(3, 4), 5, 0), mailbox);
    assertThat(delivered(mailbox)).isEmpty();
  }

  @Test
  void a_tail_asked_for_meanwhile_comes_after_and_of_each_device_only_the_last() {
    feed.put(1, LineFilter.NONE);
    PendingTail first = hold(1, 1);
    for (int tail = 2; tail <= 5; tail++) {
      assertThat(feed.hold(subscription(1, tail))).isEmpty();
    }
    PendingTail next = feed.release(first, tail(IntStream.of(9), 9, 0), mailbox).orElseThrow();
    assertThat(next.wanted().tail()).isEqualTo(5);
    feed.release(next, tail(IntStream.rangeClosed(5, 9), 9, 0), mailbox);
    assertThat(delivered(mailbox)).containsExactly(9, 5, 6, 7, 8);
  }

  @Test
  void what_was_sent_is_left_out_of_a_tail_until_somebody_looks_who_has_not_seen_it() {
    feed.put(1, LineFilter.NONE);
    feed.offer(lines(3, 4), mailbox);
    feed.release(hold(1, 4), tail(IntStream.rangeClosed(1, 4), 4, 0), mailbox);
    feed.release(hold(1, 4), tail(IntStream.rangeClosed(1, 4), 4, 0), mailbox);
    assertThat(delivered(mailbox)).containsExactly(3, 4, 1, 2);
    feed.forgetSent();
    feed.release(hold(1, 4), tail(IntStream.rangeClosed(1, 4), 4, 0), mailbox);
    assertThat(delivered(mailbox)).containsExactly(1, 2, 3, 4);
  }

  /**
   * A device, a journal, an intake and two viewers' devices of one entity, which take their steps
   * in any order: 0-3 append that many lines as one message, 4 and 5 publish the next message, 6
   * and 7 subscribe with a tail, 8 reads until where lines were shown, 9 reads history and
   * releases.
   */
  @Property(tries = 1_000)
  void whatever_the_order_of_events_each_line_comes_once_and_none_is_left_out(
      @ForAll @Size(max = 80) List<@IntRange(max = 9) Integer> steps,
      @ForAll @IntRange(max = 12) int tail,
      @ForAll boolean filtered) {
    World world = new World(filtered ? WARNINGS : LineFilter.NONE);
    steps.forEach(step -> world.step(step, tail));
    world.finish();
    List<Integer> got = delivered(world.box);
    assertThat(got).doesNotHaveDuplicates();
    if (world.firstReadUntil >= 0) {
      int wanted = Math.min(tail, world.passing(0, world.firstReadUntil).size());
      List<Integer> stored = world.passing(0, world.firstReadUntil);
      List<Integer> due = new ArrayList<>(stored.subList(stored.size() - wanted, stored.size()));
      due.addAll(world.passing(world.firstReadUntil, world.appended));
      assertThat(got).containsAll(due);
      // Those that are more were published while the first tail was being read, or were asked for
      // by the second: nothing between the first and the last is left out.
      assertThat(got.stream().sorted().toList())
          .isEqualTo(
              world.passing(
                  got.isEmpty() ? 0 : got.stream().min(Integer::compare).orElse(0) - 1,
                  got.isEmpty() ? 0 : world.appended));
      if (!world.both) {
        assertThat(got).isSorted();
      }
    }
  }

  private static final class World {
    private final Mailbox box = new Mailbox(new ViewerMemory());
    private final TopicSubscription feed = feed();
    private final LineFilter filter;
    private final Queue<Publication> unpublished = new ArrayDeque<>();
    private final Queue<Integer> lasts = new ArrayDeque<>();
    private int appended;
    private int shown;
    private boolean followed;
    private boolean both;
    private Optional<PendingTail> hold = Optional.empty();
    private int until = -1;
    private int firstReadUntil = -1;

    World(LineFilter filter) {
      this.filter = filter;
    }

    void step(int step, int tail) {
      if (step < 4) {
        append(step);
      } else if (step < 6) {
        publish();
      } else if (step < 8) {
        both |= followed;
        followed = true;
        feed.put(step, filter);
        Optional<PendingTail> begun = feed.hold(new Subscription(step, "e", filter, tail));
        hold = begun.isPresent() ? begun : hold;
      } else if (step == 8 && hold.isPresent() && until < 0) {
        until = shown;
        firstReadUntil = firstReadUntil < 0 ? until : firstReadUntil;
      } else if (step == 9 && hold.isPresent() && until >= 0) {
        List<Integer> stored = passing(0, until);
        int count = Math.min(stored.size(), hold.get().wanted().tail());
        IntStream last =
            stored.subList(stored.size() - count, stored.size()).stream().mapToInt(n -> n);
        hold = feed.release(hold.get(), tail(last, until, 0), box);
        until = -1;
      }
    }

    private void append(int count) {
      if (count > 0) {
        unpublished.add(lines(appended + 1, appended + count));
        appended += count;
        lasts.add(appended);
      }
    }

    private void publish() {
      Publication next = unpublished.poll();
      if (next != null) {
        if (followed) {
          feed.offer(next, box);
        }
        shown = lasts.remove();
      }
    }

    void finish() {
      while (!unpublished.isEmpty()) {
        publish();
      }
      while (hold.isPresent()) {
        step(8, 0);
        step(9, 0);
      }
    }

    /** The lines after the one number and up to the other that pass. */
    List<Integer> passing(int after, int upTo) {
      return IntStream.rangeClosed(after + 1, upTo)
          .filter(n -> filter.passes(new NumberedLine(n).text()))
          .boxed()
          .toList();
    }
  }

  private static TopicSubscription feed() {
    return new TopicSubscription(
        new Session(
            "somebody",
            "r1",
            new TopicIndex(new ViewerMemory()),
            new SubjectUsage(new ViewerMemory(), () -> {}),
            lines -> {}));
  }

  private PendingTail hold(int deviceId, int tail) {
    return feed.hold(subscription(deviceId, tail)).orElseThrow();
  }

  private static Subscription subscription(int deviceId, int tail) {
    return new Subscription(deviceId, "e", LineFilter.NONE, tail);
  }

  private static Publication lines(int first, int last) {
    return new Publication(
        "e", IntStream.rangeClosed(first, last).mapToObj(NumberedLine::new).toList());
  }

  private static Tail tail(List<NumberedLine> lines, int until, int missing) {
    return Tail.of("e", lines, NumberedLine.time(until), missing);
  }

  private static Tail tail(IntStream lines, int until, int missing) {
    return tail(lines.mapToObj(NumberedLine::new).toList(), until, missing);
  }

  private static StreamEvent event(Mailbox box) {
    return box.take(Integer.MAX_VALUE).items().get(0).event();
  }

  private static List<Integer> delivered(Mailbox box) {
    return box.take(Integer.MAX_VALUE).items().stream()
        .flatMap(item -> NumberedLine.numbers(item.event()).stream())
        .toList();
  }
}
