package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.fleetcast.Stub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplyTest {
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
  private final Map<String, String> headers = new HashMap<>();
  private final List<Throwable> refused = new ArrayList<>();
  private boolean committed;
  private int completed;

  @Test
  void what_has_not_been_sent_is_taken_back_and_the_failure_is_answered() {
    IllegalStateException failure = new IllegalStateException("injected");
    fail(failure);
    assertThat(refused).containsExactly(failure);
    assertThat(headers).doesNotContainKey("Content-Disposition");
    assertThat(buffer.size()).isZero();
    assertThat(completed).as("by whoever answers the failure").isZero();
  }

  @Test
  void an_answer_that_is_on_its_way_and_cannot_be_cut_ends_with_a_line_that_says_so() {
    committed = true;
    fail(new IllegalStateException("injected"));
    assertThat(refused).isEmpty();
    assertThat(buffer.toString(StandardCharsets.UTF_8)).startsWith("a line\n--- cut here:");
    assertThat(completed).isEqualTo(1);
  }

  /** A download that fails in the middle. */
  private void fail(RuntimeException failure) {
    Reply reply = Reply.to(request(), refused::add);
    reply.header("Content-Disposition", "attachment");
    try {
      reply.send(
          "text/plain",
          out -> {
            out.write("a line".getBytes(StandardCharsets.UTF_8));
            throw failure;
          });
    } catch (IllegalStateException thrown) {
      reply.fail(thrown);
    }
  }

  private HttpServletRequest request() {
    HttpServletResponse response =
        Stub.of(
            HttpServletResponse.class,
            Map.of(
                "isCommitted", arguments -> committed,
                "getContentType", arguments -> "text/plain",
                "getOutputStream", arguments -> new Buffered(),
                "resetBuffer", arguments -> reset(),
                "setHeader", arguments -> header(arguments)));
    AsyncContext async =
        Stub.of(
            AsyncContext.class,
            Map.of("getResponse", arguments -> response, "complete", arguments -> complete()));
    return Stub.of(
        HttpServletRequest.class,
        Map.of(
            "getAsyncContext", arguments -> async,
            "getProtocol", arguments -> "HTTP/1.1",
            "getMethod", arguments -> "GET"));
  }

  private @Nullable Object reset() {
    buffer.reset();
    return null;
  }

  private @Nullable Object complete() {
    completed++;
    return null;
  }

  private @Nullable Object header(@Nullable Object[] arguments) {
    String name = String.valueOf(arguments[0]);
    if (arguments[1] == null) {
      headers.remove(name);
    } else {
      headers.put(name, Objects.toString(arguments[1]));
    }
    return null;
  }

  private final class Buffered extends ServletOutputStream {
    @Override
    public void write(int one) {
      buffer.write(one);
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      throw new IllegalStateException("This answer is written without a listener");
    }
  }
}
