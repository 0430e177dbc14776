package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.fleetcast.Stub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProblemLogTest {
  private final Problem gone = Problem.of(ProblemCode.RECORD_NOT_FOUND, "Device 1 was not found");
  private final Map<String, @Nullable Object> attributes = new HashMap<>();
  private final HttpServletRequest request =
      Stub.of(
          HttpServletRequest.class,
          Map.of(
              "getHeader", name -> "id-1",
              "getAttribute", name -> attributes.get(String.valueOf(name[0])),
              "setAttribute", pair -> attributes.put(String.valueOf(pair[0]), pair[1])));
  private final Logger logger = Logger.getLogger(ProblemLog.class.getName());
  private final Remembering written = new Remembering();

  @BeforeEach
  void listen() {
    logger.setLevel(Level.FINE);
    logger.addHandler(written);
  }

  @AfterEach
  void listenNoMore() {
    logger.removeHandler(written);
    logger.setLevel(null);
  }

  @Test
  void a_refusal_is_one_line_wherever_it_is_thrown_written_and_answered() {
    ProblemLog.failed(gone, request, gone);
    ProblemLog.refused(gone, request);
    ProblemLog.answered(404, request);
    assertThat(written.lines)
        .containsExactly(
            "FINE Device 1 was not found status=404 code=RECORD_NOT_FOUND correlationId=id-1");
  }

  @Test
  void of_a_request_that_is_traced_the_line_names_the_trace() {
    String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    SpanContext span =
        SpanContext.create(
            trace, "00f067aa0ba902b7", TraceFlags.getSampled(), TraceState.getDefault());
    try (Scope traced = Span.wrap(span).makeCurrent()) {
      ProblemLog.answered(400, request);
    }
    assertThat(written.lines)
        .containsExactly("FINE Answered status=400 correlationId=id-1 traceId=" + trace);
  }

  @Test
  void a_fault_is_one_line_too() {
    Problem fault = ContainerProblems.ofStatus(500);
    ProblemLog.failed(fault, request, new IllegalStateException("cause"));
    ProblemLog.refused(fault, request);
    ProblemLog.answered(500, request);
    assertThat(written.lines).singleElement().asString().startsWith("SEVERE ").endsWith("=id-1");
  }

  @Test
  void an_answer_that_nobody_had_a_word_for_is_written() {
    ProblemLog.answered(204, request);
    assertThat(written.lines).isEmpty();
    ProblemLog.answered(400, request);
    assertThat(written.lines).containsExactly("FINE Answered status=400 correlationId=id-1");
  }

  @Test
  void so_is_another_refusal_than_the_one_that_was_written() {
    ProblemLog.failed(Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "No keys"), request, gone);
    ProblemLog.refused(gone, request);
    ProblemLog.answered(400, request);
    assertThat(written.lines).hasSize(3);
  }

  private static final class Remembering extends Handler {
    final List<String> lines = new ArrayList<>();

    @Override
    public void publish(LogRecord record) {
      lines.add(record.getLevel() + " " + record.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
