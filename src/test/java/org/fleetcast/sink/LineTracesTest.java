package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

class LineTracesTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final String SAMPLED = ",\"traceparent\":\"00-" + TRACE + "-" + PARENT + "-01\"";

  private final List<SpanData> spans = new CopyOnWriteArrayList<>();
  private final List<Delivery.Taken> shown = new ArrayList<>();
  private int lines;

  private final class Kept implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> ended) {
      spans.addAll(ended);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private LineTraces traces(Sampler roots) {
    return new LineTraces(
        SdkTracerProvider.builder()
            .setSampler(Sampler.parentBased(roots))
            .addSpanProcessor(SimpleSpanProcessor.create(new Kept()))
            .build()
            .get("test"),
        "logs",
        true,
        IndexNames.daily("logstash-http-"));
  }

  private Delivery.Taken message(String... fields) {
    List<JournalLine> all =
        Arrays.stream(fields)
            .map(
                more ->
                    new JournalLine(
                        ++lines,
                        lines + "-x",
                        JournalLine.Kind.LINE,
                        "a",
                        ("{\"message\":\"m\"" + more + "}").getBytes(StandardCharsets.UTF_8)))
            .toList();
    return new Delivery.Taken(all, 0, List.of(), SteadyClock.now());
  }

  private static void stored(LineTraces traces, Delivery.Taken message) {
    message.lines().forEach(traces::stored);
  }

  private Map<String, SpanData> byName() {
    return spans.stream().collect(Collectors.toMap(SpanData::getName, Function.identity()));
  }

  private SpanData spanOfMessage() {
    return Optional.ofNullable(byName().get("process logs")).orElseThrow();
  }

  private void aWholeTrace() {
    Map<String, SpanData> found = byName();
    assertThat(found).containsOnlyKeys("process logs", "journal", "live", "store");
    SpanData message = spanOfMessage();
    assertThat(spans)
        .allMatch(span -> span.getTraceId().equals(message.getTraceId()))
        .filteredOn(span -> span != message)
        .allMatch(span -> span.getParentSpanId().equals(message.getSpanId()))
        .allMatch(span -> span.getStartEpochNanos() >= message.getStartEpochNanos())
        .allMatch(span -> span.getEndEpochNanos() >= span.getStartEpochNanos());
  }

  @Test
  void a_message_is_one_span_with_the_journal_the_live_log_and_the_store_below_it() {
    LineTraces traces = traces(Sampler.alwaysOn());
    Delivery.Taken message = message("", "", "");
    traces.expect(List.of(message));
    traces.show(message, shown::add);
    stored(traces, message);
    aWholeTrace();
    assertThat(shown).containsExactly(message);
    assertThat(spanOfMessage().getAttributes().get(AttributeKey.longKey("fleetcast.lines")))
        .isEqualTo(3);
  }

  @Test
  void what_is_stored_before_it_is_shown_is_traced_as_well() {
    LineTraces traces = traces(Sampler.alwaysOn());
    Delivery.Taken message = message("");
    traces.expect(List.of(message));
    stored(traces, message);
    traces.show(message, shown::add);
    aWholeTrace();
  }

  @Test
  void the_context_that_a_device_sends_is_the_parent_and_others_are_links() {
    LineTraces traces = traces(Sampler.alwaysOff());
    String other = SAMPLED.replace("4bf9", "5bf9");
    Delivery.Taken message = message("", SAMPLED, SAMPLED, other);
    traces.expect(List.of(message));
    traces.show(message, shown::add);
    SpanData span = spanOfMessage();
    assertThat(span.getTraceId()).isEqualTo(TRACE);
    assertThat(span.getParentSpanId()).isEqualTo(PARENT);
    assertThat(span.getLinks())
        .extracting(link -> link.getSpanContext().getTraceId())
        .containsExactly(TRACE.replace("4bf9", "5bf9"));
  }

  @Test
  void a_context_that_is_none_or_not_the_lines_own_is_passed_over() {
    LineTraces traces = traces(Sampler.alwaysOff());
    Delivery.Taken message =
        message(
            ",\"traceparent\":\"nonsense\"",
            ",\"deeper\":{\"traceparent\":\"00-" + TRACE + "-" + PARENT + "-01\"}",
            ",\"said\":\"\\\"traceparent\\\":\\\"\"");
    traces.show(message, shown::add);
    assertThat(spans).isEmpty();
    assertThat(shown).containsExactly(message);
  }

  @Test
  void what_is_not_sampled_is_shown_and_leaves_nothing_behind() {
    LineTraces traces = traces(Sampler.alwaysOff());
    Delivery.Taken message = message("");
    traces.expect(List.of(message));
    traces.show(message, shown::add);
    stored(traces, message);
    assertThat(spans).isEmpty();
    assertThat(shown).containsExactly(message);
    assertThat(traces.unstored()).isZero();
  }

  @Test
  void what_the_live_log_throws_goes_on_and_the_span_has_ended() {
    LineTraces traces = traces(Sampler.alwaysOn());
    assertThatThrownBy(
            () ->
                traces.show(
                    message(""),
                    message -> {
                      throw new IllegalStateException("injected");
                    }))
        .hasMessage("injected");
    assertThat(byName()).containsOnlyKeys("process logs", "journal", "live");
  }

  @Test
  void of_messages_that_are_stored_late_only_the_newest_are_remembered() {
    LineTraces traces = traces(Sampler.alwaysOn());
    for (int i = 0; i < LineTraces.MAX_UNSTORED + 5; i++) {
      traces.expect(List.of(message("")));
    }
    assertThat(traces.unstored()).isEqualTo(LineTraces.MAX_UNSTORED);
  }

  @Test
  void without_a_tracer_there_is_no_span_around_what_is_shown() {
    LineTraces traces = new LineTraces(null, "logs", true, IndexNames.daily("logstash-http-"));
    Delivery.Taken message = message(SAMPLED);
    List<Span> around = new ArrayList<>();
    traces.expect(List.of(message));
    traces.show(message, taken -> around.add(Span.current()));
    stored(traces, message);
    assertThat(around).containsExactly(Span.getInvalid());
    assertThat(traces.unstored()).isZero();
  }
}
