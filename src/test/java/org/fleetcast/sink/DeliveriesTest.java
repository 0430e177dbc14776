package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fleetcast.mqtt.InboundMessage;
import org.fleetcast.mqtt.OversizedPayload;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeliveriesTest implements Delivery.Lines {
  private static final int WHOLE = Delivery.MAX_LINES;

  @TempDir Path folder;

  private final List<String> settled = new ArrayList<>();
  private final List<Integer> pieces = new ArrayList<>();
  private final List<Integer> shown = new ArrayList<>();
  private final ReceivedLine.Reader reader = new ReceivedLine.Reader("entity_id", 256 << 10);
  private JournalFile file;
  private Journal journal;
  private LogIntake intake;

  /** How many commits, and messages that are read, the process still outlives. */
  private int commits;

  private int readings;

  /** Which commit from here on fails, alone; 0 for none. */
  private int stumble;

  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @BeforeEach
  void start() {
    commits = Integer.MAX_VALUE;
    readings = Integer.MAX_VALUE;
    file = new JournalFile(folder.resolve("journal.mv").toString());
    journal = new Journal(file, 1L << 30, Instant.now());
    intake =
        new LogIntake(
            journal,
            this,
            this::keep,
            delivery -> {},
            List.of(new LogIntake.Step("shown", taken -> shown.add(taken.lines().size()))),
            new InternalFaults(where -> {}, SteadyClock.INSTANCE));
  }

  @AfterEach
  void stop() {
    journal.close();
  }

  /** As the process ends when it is killed. */
  private void kill() {
    file.drop();
    start();
  }

  @Override
  public @Nullable String entityId(InboundMessage message, int from) {
    return reader.entityId(message.payload(), from);
  }

  @Override
  public PayloadLines read(InboundMessage message, PayloadLines.Position from) {
    byte[] payload = message.payload();
    readings--;
    if (readings < 0) {
      throw new Killed();
    }
    return reader.read(payload, from);
  }

  private void keep(Delivery delivery) throws InterruptedException {
    if (commits-- <= 0) {
      throw new Killed();
    }
    stumble--;
    if (stumble == 0) {
      throw new IllegalStateException("stumbled");
    }
    pieces.add(delivery.lines().size());
    assertThat(delivery.lines().stream().mapToLong(entry -> entry.json().length).sum())
        .isLessThan(Delivery.MAX_BYTES + (1 << 20));
    journal.append(delivery.lines(), delivery.marks(), delivery::remember);
  }

  @Test
  void a_message_of_millions_of_lines_is_taken_in_pieces_of_bounded_size() {
    take(message(1, "{}\n".repeat(400_000)));
    assertThat(settled).containsExactly("ack");
    assertThat(pieces).hasSize(21).allMatch(size -> size <= WHOLE);
    assertThat(shown).hasSize(20).allMatch(size -> size == WHOLE);
    assertThat(journal.unread()).isEqualTo(400_000);
  }

  @Test
  void lines_that_are_large_make_small_pieces() {
    String line = "{\"message\":\"" + "\u0001".repeat(200_000) + "\"}\n";
    take(message(1, line.repeat(30)));
    assertThat(journal.unread()).isEqualTo(30);
    assertThat(pieces).hasSizeGreaterThan(4);
  }

  @Test
  void twenty_thousand_good_lines_are_one_piece() {
    String line = "{\"entity_id\":\"sensor.x\",\"message\":\"" + "x".repeat(250) + "\"}\n";
    take(message(1, line.repeat(WHOLE)));
    assertThat(shown).containsExactly(WHOLE);
  }

  @Test
  void a_batch_of_many_messages_is_taken_in_pieces_too() {
    String hundred = "{}\n".repeat(100);
    take(
        IntStream.range(0, 1_000)
            .mapToObj(i -> message(i + 1, hundred))
            .toArray(InboundMessage[]::new));
    assertThat(settled).containsExactly("ack");
    assertThat(pieces).containsExactly(WHOLE, WHOLE, WHOLE, WHOLE, WHOLE);
    assertThat(journal.unread()).isEqualTo(100_000);
  }

  @Test
  void small_messages_are_one_commit_and_a_large_one_is_two() {
    take(message(1, numbered(0, 100)), message(2, numbered(0, 100)));
    assertThat(pieces).containsExactly(200);
    pieces.clear();
    take(message(3, numbered(0, 10)), message(4, numbered(0, 5_000)), message(5, numbered(0, 10)));
    assertThat(pieces).containsExactly(10, 5_010);
  }

  /** The commits of the message are: that it is begun, and its three pieces. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void a_kill_between_two_pieces_doubles_nothing_and_loses_nothing(int outlived) {
    String bad = "[]\n".repeat(60);
    String payload =
        bad
            + numbered(0, 19_000)
            + bad
            + numbered(19_000, 38_000)
            + bad
            + numbered(38_000, 50_000)
            + "\n\n";
    commits = outlived;
    take(message(7, payload));
    assertThat(settled).containsExactly("nack");
    kill();
    take(again(7, payload));
    assertThat(settled).containsExactly("nack", "ack");
    assertTakenOnce(50_000);
    List<JsonNode> letters = deadLetters();
    assertThat(letters).hasSize(101);
    assertThat(letters.get(100).get("reason").textValue())
        .startsWith("80 further lines of one message cannot be taken, the first: not a JSON");
    kill();
    take(again(7, payload));
    assertTakenOnce(50_000);
  }

  @Test
  void a_small_message_of_many_lines_goes_on_where_it_was_too() {
    String payload = "{}\n".repeat(3 * WHOLE);
    commits = 2;
    take(message(7, payload));
    kill();
    take(again(7, payload));
    assertThat(journal.unread()).isEqualTo(3 * WHOLE);
    assertThat(journal.<Boolean>read(maps -> maps.begun().isEmpty())).isTrue();
  }

  @Test
  void a_batch_that_is_refused_in_its_midst_goes_on_in_the_same_process() {
    String payload = numbered(0, 50_000);
    commits = 2;
    take(message(7, payload));
    commits = Integer.MAX_VALUE;
    take(message(7, payload)); // Artemis does not mark it
    assertTakenOnce(50_000);
  }

  @Test
  void what_was_safe_of_a_refused_batch_is_not_doubled_though_it_is_not_marked_as_repeated() {
    InboundMessage[] batch = {message(1, "{}"), message(0, "{}"), message(2, numbered(0, 5_000))};
    commits = 1; // the first two, and that the third is begun
    take(batch);
    commits = Integer.MAX_VALUE;
    take(batch[0], batch[2]);
    take(message(0, "{}"), message(1, "{}")); // others, which only say the same
    assertThat(settled).containsExactly("nack", "ack", "ack");
    assertThat(journal.unread()).isEqualTo(5_004);
  }

  @Test
  void a_retained_message_goes_on_where_it_was_under_any_packet_id() {
    String payload = numbered(0, 50_000);
    commits = 2;
    take(retained(7, payload));
    kill();
    take(retained(9, payload));
    assertTakenOnce(50_000);
    take(retained(11, payload));
    kill();
    take(retained(12, payload));
    assertTakenOnce(50_000);
  }

  @Test
  void so_does_one_of_qos_0_which_has_none() {
    String payload = numbered(0, 50_000);
    commits = 2;
    take(retained(0, payload));
    kill();
    take(retained(0, payload));
    assertTakenOnce(50_000);
    take(retained(0, payload));
    kill();
    take(retained(0, payload));
    assertTakenOnce(50_000);
  }

  @Test
  void what_was_begun_when_the_process_ended_for_another_cause_is_taken() {
    String payload = numbered(0, 5_000);
    commits = 1; // that it is begun
    take(message(7, payload));
    kill();
    take(again(7, payload));
    assertThat(settled).containsExactly("nack", "ack");
    assertTakenOnce(5_000);
    assertThat(deadLetters()).isEmpty();
  }

  @Test
  void what_ended_the_process_twice_is_set_aside_and_read_no_third_time() {
    String payload = numbered(0, 5_000);
    commits = 1; // that it is begun
    take(message(7, payload));
    kill();
    commits = 1;
    take(again(7, payload));
    kill();
    readings = 0;
    take(again(7, payload));
    assertThat(settled).containsExactly("nack", "nack", "ack");
    assertThat(deadLetters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.get("reason").textValue())
                  .startsWith("the process ended while it was taken; raw cut to 65536 of ");
              assertThat(letter.get("raw").textValue()).hasSize(65_536);
            });
    kill();
    take(again(7, payload));
    assertThat(deadLetters()).hasSize(1);
    readings = 1;
    take(message(8, payload));
    assertTakenOnce(5_000);
  }

  @Test
  void what_ends_the_process_at_the_same_place_again_is_set_aside_there() {
    String payload = numbered(0, 50_000);
    commits = 2;
    take(message(7, payload));
    kill();
    commits = 1; // that it goes on, and no more
    take(again(7, payload));
    kill();
    take(again(7, payload));
    assertThat(settled).containsExactly("nack", "nack", "ack");
    assertSetAsideBehindOnePiece("the process ended while it was taken");
  }

  @Test
  void what_fails_in_its_midst_twice_is_set_aside_from_there() {
    String payload = numbered(0, 50_000);
    commits = 2;
    take(message(7, payload));
    commits = Integer.MAX_VALUE;
    readings = 0;
    take(message(7, payload));
    assertThat(settled).containsExactly("nack", "ack");
    assertSetAsideBehindOnePiece("could not be taken: Killed");
  }

  @Test
  void what_never_comes_again_is_set_aside_from_where_it_fails_and_doubles_nothing() {
    readings = 0;
    take(message(1, "{}"));
    readings = Integer.MAX_VALUE;
    stumble = 2;
    take(message(0, numbered(0, 50_000)));
    assertThat(settled).containsExactly("nack", "ack");
    assertSetAsideBehindOnePiece("could not be taken: IllegalStateException");
  }

  private void assertSetAsideBehindOnePiece(String reason) {
    assertTakenOnce(WHOLE);
    assertThat(deadLetters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.get("reason").textValue())
                  .startsWith(reason + ", from byte " + numbered(0, WHOLE).length() + "; raw cut");
              assertThat(letter.get("raw").textValue()).startsWith(numbered(WHOLE, WHOLE + 10));
            });
  }

  @Test
  void an_orderly_end_while_a_message_is_taken_is_not_held_against_it() {
    String payload = numbered(0, 5_000);
    for (int i = 0; i < 3; i++) {
      commits = 1;
      take(again(7, payload));
      stop();
      start();
      stop(); // a life in which the broker was away
      start();
    }
    take(again(7, payload));
    assertTakenOnce(5_000);
    assertThat(deadLetters()).isEmpty();
  }

  @Test
  void a_crash_while_the_journal_is_full_is_not_held_against_what_waits() throws Exception {
    InboundMessage message = message(1, "{}");
    DeliveryFingerprint mark = DeliveryFingerprint.of(message);
    Journal full = new Journal(file, 1, Instant.now());
    UnfinishedMessages.Try made = full.begun().next(message, null);
    JournalLine.Stamp stamp = full.stamp(Instant.now());
    JournalLine line = JournalLine.of(reader.read(message.payload()).iterator().next(), stamp);
    full.append(List.of(line), List.of(), maps -> UnfinishedMessages.put(maps, mark, made));
    assertThat(endsOf(message)).isEqualTo(1);
    FutureTask<Boolean> append =
        new FutureTask<>(
            () -> {
              Appended.to(full, List.of(), List.of());
              return true;
            });
    Thread waiting = new Thread(append);
    waiting.start();
    try {
      await().untilAsserted(() -> assertThat(endsOf(message)).isZero());
    } finally {
      waiting.interrupt();
      waiting.join();
    }
  }

  /** What another life of the process would count. */
  private int endsOf(InboundMessage message) {
    UnfinishedMessages.Try found =
        journal.read(maps -> UnfinishedMessages.find(maps, DeliveryFingerprint.of(message)));
    return journal.begun().next(message, found).ends();
  }

  @Test
  void the_same_content_and_packet_id_in_another_life_begins_anew_when_it_is_no_repetition() {
    String payload = numbered(0, 50_000);
    commits = 2;
    take(message(7, payload));
    kill();
    take(message(7, payload));
    assertThat(journal.unread()).isEqualTo(50_000 + WHOLE);
  }

  @Test
  void a_try_is_forgotten_when_its_packet_id_may_have_come_round() throws InterruptedException {
    DeliveryFingerprint old = new DeliveryFingerprint(1, new byte[] {1});
    DeliveryFingerprint other = new DeliveryFingerprint(2, new byte[] {2});
    UnfinishedMessages.Try made = journal.begun().next(message(1, "{}"), null);
    journal.append(List.of(), List.of(), maps -> UnfinishedMessages.put(maps, old, made));
    List<DeliveryFingerprint> marks =
        IntStream.range(0, (int) DeliveryFingerprint.KEPT)
            .mapToObj(i -> new DeliveryFingerprint(i, new byte[32]))
            .toList();
    Appended.to(journal, List.of(), marks.subList(1, marks.size()));
    assertThat(journal.<UnfinishedMessages.Try>read(maps -> UnfinishedMessages.find(maps, old)))
        .isNotNull();
    Appended.to(journal, List.of(), marks.subList(0, 1));
    assertThat(journal.<UnfinishedMessages.Try>read(maps -> UnfinishedMessages.find(maps, old)))
        .isNull();
    journal.append(List.of(), List.of(), maps -> UnfinishedMessages.put(maps, other, made));
    assertThat(journal.<Integer>read(maps -> maps.begun().size())).isEqualTo(1);
  }

  @Test
  void under_another_packet_id_it_begins_anew_but_ends_the_process_no_third_time() {
    String payload = numbered(0, 50_000);
    commits = 2;
    take(message(7, payload));
    kill();
    commits = 2;
    take(message(9, payload));
    kill();
    take(message(11, payload));
    assertThat(settled).containsExactly("nack", "nack", "ack");
    assertThat(deadLetters()).hasSize(1);
  }

  @Test
  void what_was_over_the_limit_is_one_dead_letter_with_length_and_hash() {
    byte[] beginning = ("€".repeat(21_845) + "xy").getBytes(StandardCharsets.UTF_8);
    OversizedPayload oversized = new OversizedPayload(beginning, 20_000_000, new byte[32]);
    InboundMessage inbound =
        new InboundMessage("t", beginning, oversized, 3, false, false, true, false, 1);
    take(inbound);
    take(new InboundMessage("t", beginning, oversized, 3, true, false, true, false, 1));
    assertThat(deadLetters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.get("reason").textValue())
                  .isEqualTo(
                      "a message over LOG_MAX_MESSAGE_BYTES; raw cut to 65536 of 20000000 bytes"
                          + " sha256="
                          + "0".repeat(64));
              assertThat(letter.get("raw").textValue()).endsWith("€x");
            });
  }

  @Test
  void the_tries_that_are_remembered_are_bounded() throws InterruptedException {
    for (int i = 0; i < 150; i++) {
      DeliveryFingerprint mark = new DeliveryFingerprint(i + 1, new byte[] {(byte) i});
      UnfinishedMessages.Try made = journal.begun().next(message(i + 1, ""), null);
      journal.append(List.of(), List.of(mark), maps -> UnfinishedMessages.put(maps, mark, made));
    }
    DeliveryFingerprint first = new DeliveryFingerprint(1, new byte[] {0});
    DeliveryFingerprint last = new DeliveryFingerprint(150, new byte[] {(byte) 149});
    assertThat(journal.<Integer>read(maps -> maps.begun().size())).isEqualTo(100);
    assertThat(journal.<UnfinishedMessages.Try>read(maps -> UnfinishedMessages.find(maps, first)))
        .isNull();
    assertThat(journal.<UnfinishedMessages.Try>read(maps -> UnfinishedMessages.find(maps, last)))
        .isNotNull();
  }

  @Test
  void a_bad_line_that_is_good_after_a_restart_is_still_counted_as_bad() {
    String line = "{\"message\":\"" + "x".repeat(100) + "\"}\n";
    byte[] payload = line.repeat(102).getBytes(StandardCharsets.UTF_8);
    int further = 100 * line.length();
    PayloadLines lines =
        reader.read(payload, new PayloadLines.Position(payload.length, 102, further));
    assertThat(lines)
        .toIterable()
        .singleElement()
        .isInstanceOfSatisfying(
            ReceivedLine.Bad.class,
            bad -> {
              assertThat(bad.lines()).isEqualTo(2);
              assertThat(bad.raw().bytes()).asString().isEqualToIgnoringNewLines(line);
              assertThat(bad.reason()).endsWith("the first: not taken before a restart");
            });
  }

  /** Two million lines, whole, would take ten times that heap. */
  @Test
  void a_message_of_many_lines_is_taken_in_a_small_heap() throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process small =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-cp",
                System.getProperty("java.class.path"),
                SmallHeap.class.getName(),
                folder.resolve("small").toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(small.waitFor(10, TimeUnit.MINUTES)).isTrue();
      assertThat(small.exitValue()).as("see %s", output).isZero();
    } finally {
      small.destroyForcibly();
    }
  }

  private void take(InboundMessage... batch) {
    intake.take(RecordedBatches.batch(settled, batch));
  }

  private static InboundMessage message(int packetId, String payload) {
    return inbound(packetId, payload, false);
  }

  private static InboundMessage retained(int packetId, String payload) {
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    return new InboundMessage("t", bytes, packetId, false, true, true, 1);
  }

  private static InboundMessage again(int packetId, String payload) {
    return inbound(packetId, payload, true);
  }

  private static InboundMessage inbound(int packetId, String payload, boolean duplicate) {
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    return new InboundMessage("t", bytes, packetId, duplicate, false, true, 1);
  }

  private static String numbered(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(n -> "{\"entity_id\":\"sensor.x\",\"message\":\"a line\",\"n\":" + n + "}\n")
        .collect(Collectors.joining());
  }

  private void assertTakenOnce(int count) {
    assertThat(kept(JournalLine.Kind.LINE))
        .extracting(line -> line.get("n").asInt())
        .containsExactlyElementsOf(IntStream.range(0, count).boxed().toList());
  }

  private List<JsonNode> deadLetters() {
    return kept(JournalLine.Kind.DEAD_LETTER);
  }

  private List<JsonNode> kept(JournalLine.Kind kind) {
    return journal.find(0, Long.MAX_VALUE, false, 1_000_000, entry -> entry.kind() == kind).stream()
        .map(DeliveriesTest::json)
        .toList();
  }

  private static JsonNode json(JournalLine entry) {
    try {
      return new ObjectMapper().readTree(new String(entry.json(), StandardCharsets.UTF_8));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
