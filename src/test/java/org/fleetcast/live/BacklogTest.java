package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private static final int MANY = 3 * Mailbox.MAX_PLACES;
  private static final byte[] SMALL = "{}".getBytes(StandardCharsets.UTF_8);
  private static final byte[] LARGE = "x".repeat(9_000).getBytes(StandardCharsets.UTF_8);

  private static final Instant EPOCH = Instant.EPOCH.plusSeconds(1_000);

  /** Events have the numbers from 1 on; every so many is large. */
  @Property(tries = 200)
  void what_came_since_is_all_there_or_told_with_its_lines(
      @ForAll @IntRange(min = 0, max = MANY) int before,
      @ForAll @IntRange(min = 0, max = MANY) int after,
      @ForAll @IntRange(min = 1, max = 5) int everySoMany) {
    Backlog backlog = new Backlog(new ViewerMemory());
    add(backlog, 1, before, everySoMany);
    Backlog.Position left = backlog.end();
    add(backlog, before + 1, before + after, everySoMany);

    List<Backlog.Missed> missed = Backlog.since(left);
    long lines = missed.stream().mapToLong(one -> one.lines().count()).sum();
    if (after == 0) {
      assertThat(missed).isEmpty();
    } else if (after < Mailbox.MAX_PLACES - Mailbox.MAX_EVENTS / 4) {
      assertThat(lines).isEqualTo(after);
      assertThat(missed.get(0).lines().from()).isEqualTo(NumberedLine.time(before + 1));
    } else {
      assertThat(lines).isBetween((long) after, (long) after + Mailbox.MAX_EVENTS / 4);
      assertThat(missed.get(0).lines().from()).isLessThanOrEqualTo(NumberedLine.time(before + 1));
    }
    assertThat(whole(missed))
        .isEqualTo(
            IntStream.rangeClosed(before + after - whole(missed).size() + 1, before + after)
                .boxed()
                .toList());
    long bytes = whole(missed).stream().mapToLong(number -> size(number, everySoMany)).sum();
    assertThat(
            whole(missed).size() == after
                || whole(missed).size() >= Mailbox.MAX_EVENTS
                || bytes >= Mailbox.MAX_BYTES)
        .isTrue();
  }

  @Test
  void it_keeps_no_more_than_a_few_mailboxes_do() {
    Backlog large = new Backlog(new ViewerMemory());
    Backlog.Position left = large.end();
    add(large, 1, MANY, 1);
    assertThat(whole(Backlog.since(left)).size() * LARGE.length).isLessThan(2 * Mailbox.MAX_BYTES);
    Backlog small = new Backlog(new ViewerMemory());
    Backlog.Position start = small.end();
    add(small, 1, 10 * MANY, Integer.MAX_VALUE);
    assertThat(whole(Backlog.since(start)).size()).isLessThan(2 * Mailbox.MAX_EVENTS);
    assertThat(Backlog.since(start).size()).isLessThan(3 * Mailbox.MAX_PLACES);
  }

  @Test
  void what_one_takes_begins_where_he_left_and_giving_it_up_frees_it() {
    ViewerMemory memory = new ViewerMemory();
    Backlog backlog = new Backlog(memory);
    Backlog.Position left = backlog.end();
    add(backlog, 1, 600, Integer.MAX_VALUE);
    long each = SMALL.length + StreamEvent.OVERHEAD + EvictedEvent.BYTES;
    assertThat(memory.used()).isEqualTo(600 * each);
    assertThat(Backlog.bytesSince(left)).isEqualTo(600 * each);
    Backlog.Position later = backlog.end();
    assertThat(Backlog.bytesSince(later)).isEqualTo(100 * each);
    backlog.leave(left);
    assertThat(memory.used()).isEqualTo(100 * each);
    backlog.split();
    Backlog.Position anew = backlog.end();
    backlog.leave(later);
    assertThat(memory.used()).isZero();
    add(backlog, 601, 602, Integer.MAX_VALUE);
    assertThat(whole(Backlog.since(anew))).containsExactly(601, 602);
  }

  private static void add(Backlog to, int first, int last, int everySoMany) {
    for (int number = first; number <= last; number++) {
      String time = NumberedLine.time(number);
      byte[] json = isLarge(number, everySoMany) ? LARGE : SMALL;
      to.add(StreamEvent.deviceLogs(json, new StreamEvent.Lines("e", 1, time, time)));
    }
  }

  private static boolean isLarge(int number, int everySoMany) {
    return number % everySoMany == 0;
  }

  private static long size(int number, int everySoMany) {
    return isLarge(number, everySoMany) ? LARGE.length : SMALL.length;
  }

  /** The numbers of those that are there with their event. */
  private static List<Integer> whole(List<Backlog.Missed> missed) {
    return missed.stream()
        .filter(one -> one.event() != null)
        .map(one -> number(one.lines().from()))
        .toList();
  }

  private static int number(String time) {
    return (int) ChronoUnit.MICROS.between(EPOCH, Instant.parse(time));
  }
}
