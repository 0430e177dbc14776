package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import org.fleetcast.mqtt.InboundMessage;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogIntakeTest implements Delivery.Lines {
  private static final String TOPIC = "iotsupport/logsink";

  @TempDir Path folder;

  private final List<String> faults = new ArrayList<>();
  private final List<String> shown = new ArrayList<>();
  private final List<String> settled = new ArrayList<>();
  private final ReceivedLine.Reader reader = new ReceivedLine.Reader("entity_id", 1_000);
  private final Deque<MVStoreException> refusals = new ArrayDeque<>();
  private final Deque<Error> shortages = new ArrayDeque<>();
  private int repeated;
  private int packetId;
  private Journal journal;
  private LogIntake intake;

  @BeforeEach
  void start() {
    journal = Journal.open(folder, 1 << 30, Instant.now());
    intake =
        new LogIntake(
            journal,
            this,
            this::keep,
            delivery -> {
              repeated += delivery.repeated();
              throw new IllegalStateException("no metric");
            },
            List.of(
                new LogIntake.Step("activity", message -> fail(message, "no activity")),
                new LogIntake.Step("live publish", message -> fail(message, "no show")),
                new LogIntake.Step("shown", message -> shown.addAll(texts(message.lines())))),
            new InternalFaults(faults::add, SteadyClock.INSTANCE));
  }

  @AfterEach
  void stop() {
    journal.close();
  }

  private void keep(Delivery delivery) throws InterruptedException {
    MVStoreException refused = refusals.poll();
    if (refused != null) {
      throw refused;
    }
    journal.append(delivery.lines(), delivery.marks(), delivery::remember);
  }

  @Override
  public @Nullable String entityId(InboundMessage message, int from) {
    return reader.entityId(message.payload(), from);
  }

  @Override
  public PayloadLines read(InboundMessage message, PayloadLines.Position from) {
    byte[] payload = message.payload();
    Error shortage = shortages.poll();
    if (shortage != null) {
      throw shortage;
    }
    if (new String(payload, StandardCharsets.UTF_8).contains("poison")) {
      throw new StackOverflowError("a parser of a test");
    }
    return reader.read(payload, from);
  }

  private static void fail(Delivery.Taken message, String text) {
    if (texts(message.lines()).contains(text)) {
      throw new NoClassDefFoundError(text);
    }
  }

  private void restart() {
    stop();
    start();
  }

  @Test
  void what_is_thrown_after_the_acknowledgement_reaches_neither_the_intake_nor_other_messages() {
    take(message("no activity"), message("no show"), message("fine"));
    assertThat(settled).containsExactly("ack");
    assertThat(shown).containsExactly("no activity", "no show", "fine");
    assertThat(faults).containsExactly("metrics", "activity", "live publish");
  }

  @Test
  void a_message_that_cannot_be_taken_is_set_aside_once_and_those_beside_it_are_taken() {
    InboundMessage[] batch = {message("one"), message("poison"), message("two")};
    take(batch);
    assertThat(settled).containsExactly("nack");
    assertThat(lines()).isEmpty();
    take(again(batch[0])); // the broker may cut the batch otherwise
    take(again(batch[1]), again(batch[2]));
    assertThat(settled).containsExactly("nack", "ack", "ack");
    assertThat(lines()).containsExactly("one", "two");
    assertThat(deadLetters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.get("reason").textValue())
                  .isEqualTo("could not be taken: StackOverflowError");
              assertThat(letter.get("raw").textValue()).contains("poison");
              assertThat(letter.get("entity_id").textValue()).isEqualTo("e");
            });
    take(message("three"), message("four"));
    assertThat(lines()).containsExactly("one", "two", "three", "four");
    take(again(batch[1]));
    assertThat(deadLetters()).hasSize(1);
  }

  @Test
  void a_disk_that_refuses_is_waited_for() {
    refusals.add(new MVStoreException(DataUtils.ERROR_WRITING_FAILED, "no space left"));
    take(message("one"));
    assertThat(settled).containsExactly("ack");
    assertThat(lines()).containsExactly("one");
  }

  @Test
  void what_no_disk_will_mend_is_not_waited_for() {
    refusals.add(new MVStoreException(DataUtils.ERROR_INTERNAL, "a bug"));
    InboundMessage one = message("one");
    take(one);
    assertThat(settled).containsExactly("nack");
    take(again(one));
    assertThat(lines()).containsExactly("one");
  }

  @Test
  void what_the_journal_throws_sets_no_message_aside() {
    InboundMessage one = message("one");
    for (int i = 0; i < 3; i++) {
      refusals.add(new MVStoreException(DataUtils.ERROR_INTERNAL, "a bug"));
      take(again(one));
    }
    assertThat(settled).containsExactly("nack", "nack", "nack");
    take(again(one));
    assertThat(lines()).containsExactly("one");
    assertThat(deadLetters()).isEmpty();
  }

  @Test
  void when_memory_ran_out_the_second_try_is_a_second_later() {
    InboundMessage one = message("one");
    shortages.add(new OutOfMemoryError("a test"));
    take(one);
    shortages.add(new OutOfMemoryError("a test"));
    Instant before = SteadyClock.now();
    take(again(one));
    assertThat(SteadyClock.now()).isAfter(before.plusMillis(900));
    assertThat(lines()).containsExactly("one");
  }

  @Test
  void what_is_set_aside_is_bounded_and_not_cut_within_a_character() {
    InboundMessage large = message("poison" + "€".repeat(100_000));
    take(large);
    take(again(large));
    JsonNode letter = deadLetters().get(0);
    assertThat(letter.get("encoding").textValue()).isEqualTo("text");
    assertThat(letter.get("raw").textValue().getBytes(StandardCharsets.UTF_8).length)
        .isBetween(RawBytes.MAX - 3, RawBytes.MAX);
    assertThat(letter.get("reason").textValue())
        .matches(
            "could not be taken: StackOverflowError; raw cut to 65536 of 3000\\d\\d bytes"
                + " sha256=[0-9a-f]{64}");
  }

  @Test
  void what_no_channel_takes_is_a_dead_letter_with_its_topic_bounded_and_printable() {
    String topic = "old/\u0007" + "x".repeat(300);
    take(
        new InboundMessage(
            topic, "raw".getBytes(StandardCharsets.UTF_8), 1, false, false, false, 1));
    take(new InboundMessage(topic, new byte[0], 2, false, false, false, 1));
    assertThat(deadLetters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.get("reason").textValue())
                  .isEqualTo("came on topic old/" + "x".repeat(196) + "…, which no channel takes");
              assertThat(letter.get("raw").textValue()).isEqualTo("raw");
            });
    assertThat(settled).containsExactly("ack", "ack");
  }

  @Test
  void a_retained_message_that_was_there_first_is_taken_once() {
    take(retained("old", 1));
    take(retained("old", 1));
    restart();
    take(retained("old", 1));
    take(retained("old", 2)); // the broker has lost our session
    assertThat(lines()).containsExactly("old");
    assertThat(repeated).isEqualTo(3);
  }

  @Test
  void what_was_taken_when_it_was_published_is_not_taken_as_retained() {
    take(message("crash"));
    take(IntStream.range(0, 3_000).mapToObj(i -> message("m" + i)).toArray(InboundMessage[]::new));
    restart();
    take(retained("crash", 1), retained("crash", 1));
    assertThat(repeated).isEqualTo(2);
    assertThat(lines()).hasSize(3_001);
  }

  @Test
  void in_a_new_session_what_was_taken_lately_is_not_taken_as_retained_and_then_never() {
    take(message("crash"));
    restart();
    take(retained("crash", 2));
    take(IntStream.range(0, 3_000).mapToObj(i -> message("m" + i)).toArray(InboundMessage[]::new));
    take(retained("crash", 3));
    assertThat(lines()).hasSize(3_001);
  }

  @Test
  void retained_messages_that_still_wait_when_the_process_dies_are_taken_afterwards() {
    take(retained("a/1", "one", 1));
    restart(); // the session is known, and what waits in it comes again with the SUBSCRIBE
    take(retained("a/2", "two", 1), retained("a/1", "one", 1), retained("a/2", "two", 1));
    take(live(0, "unconfirmed", 1)); // of QoS 0: it did not wait behind them
    take(retained("a/3", "three", 1));
    take(message("now"), retained("a/4", "four", 1));
    assertThat(lines()).containsExactly("one", "two", "unconfirmed", "three", "now");
  }

  @Test
  void a_retained_message_of_qos_0_is_known_by_what_it_says_in_a_session_that_is_known_too() {
    take(message("confirmed"), live(0, "seen", 1));
    take(IntStream.range(0, 3_000).mapToObj(i -> live(0, "m", 1)).toArray(InboundMessage[]::new));
    for (int start = 0; start < 2; start++) {
      restart();
      take(unconfirmed(TOPIC, "seen"), unconfirmed("its/own", "last will"));
    }
    assertThat(lines()).hasSize(3_003).startsWith("confirmed", "seen", "m").endsWith("last will");
    assertThat(repeated).isEqualTo(3);
  }

  @Test
  void the_messages_of_qos_0_that_are_known_are_bounded() {
    int more = RetainedMessages.UNCONFIRMED + 1;
    take(
        IntStream.range(0, more).mapToObj(i -> live(0, "m" + i, 1)).toArray(InboundMessage[]::new));
    assertThat(journal.<Integer>read(maps -> maps.marks().size()))
        .isEqualTo(RetainedMessages.UNCONFIRMED + 1); // and that of the packet id 0
  }

  @Test
  void what_waited_since_before_a_wider_subscription_settles_nothing_of_its_new_topics() {
    take(message("before"));
    take(early("waited", 2), retained("new/1", "one", 2), retained("new/2", "two", 2));
    take(live(++packetId, "since", 2), retained("new/3", "three", 2));
    take(earlyRetained("before", 2));
    assertThat(lines()).containsExactly("before", "waited", "one", "two", "since");
  }

  @Test
  void what_is_retained_and_new_in_a_new_session_is_taken() {
    take(message("before"));
    take(retained("meanwhile", 2), retained("before", 2));
    assertThat(lines()).containsExactly("before", "meanwhile");
  }

  @Test
  void the_topics_remembered_are_bounded_and_the_eldest_go() {
    take(retained("t/first", "first", 1));
    int topics = RetainedMessages.TOPICS + 3_000; // more than marks are kept
    take(
        IntStream.range(0, topics)
            .mapToObj(i -> retained("t/" + i, "m" + i, 1))
            .toArray(InboundMessage[]::new));
    restart();
    take(retained("t/" + (topics - 1), "m" + (topics - 1), 1));
    assertThat(repeated).isEqualTo(1);
    take(retained("t/first", "first", 1));
    assertThat(repeated).isEqualTo(1);
  }

  private void take(InboundMessage... batch) {
    intake.take(RecordedBatches.batch(settled, batch));
  }

  private InboundMessage message(String text) {
    return live(++packetId, text, 1);
  }

  private static InboundMessage live(int packetId, String text, long subscription) {
    return new InboundMessage(TOPIC, payload(text), packetId, false, false, true, subscription);
  }

  private InboundMessage retained(String text, long subscription) {
    return retained(TOPIC, text, subscription);
  }

  private InboundMessage retained(String topic, String text, long subscription) {
    return new InboundMessage(topic, payload(text), ++packetId, false, true, true, subscription);
  }

  private static InboundMessage unconfirmed(String topic, String text) {
    return new InboundMessage(topic, payload(text), 0, false, true, true, 1);
  }

  /** On a topic that the session had before it had that subscription. */
  private InboundMessage early(String text, long subscription) {
    return new InboundMessage(
        TOPIC, payload(text), null, ++packetId, false, false, true, true, subscription);
  }

  private InboundMessage earlyRetained(String text, long subscription) {
    return new InboundMessage(
        TOPIC, payload(text), null, ++packetId, false, true, true, true, subscription);
  }

  private static InboundMessage again(InboundMessage first) {
    return new InboundMessage(
        first.topic(),
        first.payload(),
        first.packetId(),
        true,
        first.retained(),
        first.wanted(),
        first.subscription());
  }

  private static byte[] payload(String text) {
    return ("{\"entity_id\":\"e\",\"message\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
  }

  private List<String> lines() {
    return texts(kept(JournalLine.Kind.LINE));
  }

  private List<JsonNode> deadLetters() {
    return kept(JournalLine.Kind.DEAD_LETTER).stream().map(LogIntakeTest::json).toList();
  }

  private List<JournalLine> kept(JournalLine.Kind kind) {
    return journal.find(0, Long.MAX_VALUE, false, 100_000, entry -> entry.kind() == kind);
  }

  private static List<String> texts(List<JournalLine> entries) {
    return entries.stream().map(entry -> json(entry).path("message").asText()).toList();
  }

  private static JsonNode json(JournalLine entry) {
    try {
      return new ObjectMapper().readTree(new String(entry.json(), StandardCharsets.UTF_8));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
