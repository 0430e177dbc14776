package org.fleetcast.door;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.fleetcast.DiscardedOutput;
import org.fleetcast.Stub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What somebody sends along. */
class BodyFilterTest {
  private static final BodySender SENDER = BodySender.of("ann");

  private final BodyFilter filter = new BodyFilter();
  private @Nullable Principal caller = () -> "ann";
  private String path = "/api/rotation/trigger";
  private int status = HttpServletResponse.SC_OK;
  private @Nullable String received;
  private @Nullable String contentEncoding;

  @Test
  void who_says_that_a_body_comes_in_chunks_and_sends_none_needs_no_type_for_it()
      throws IOException, ServletException {
    send(null, "chunked", "");
    assertThat(received).isEmpty();
  }

  @Test
  void what_comes_in_chunks_has_to_be_json() throws IOException, ServletException {
    send(null, "chunked", "{}");
    assertThat(status).isEqualTo(415);
    assertThat(received).isNull();

    send("application/json", "chunked", "{}");
    assertThat(received).isEqualTo("{}");
  }

  @Test
  void another_type_of_a_known_length_is_refused_unread() throws IOException, ServletException {
    send("text/plain", null, "{}");
    assertThat(status).isEqualTo(415);
    assertThat(received).isNull();
  }

  @Test
  void of_a_stranger_only_a_form_with_credentials_is_read_by_whatever_spelling_of_its_path()
      throws IOException, ServletException {
    caller = null;
    String form = "application/x-www-form-urlencoded";
    path = "/api/auth/token";
    send(form, null, "grant_type=x");
    assertThat(received).isEqualTo("grant_type=x");
    for (String spelt : List.of("/api/auth/token;x", "/api/auth/token/", "/api/auth/%74oken")) {
      path = spelt;
      send(form, null, "grant_type=x");
      assertThat(received).isEmpty();
    }
  }

  @Test
  void what_the_server_cannot_decode_or_read_is_told_so_at_once_and_what_is_late_is_late() {
    BodyRefusal wrong =
        requireNonNull(new IncomingBody(admitted(), SENDER, true).receive(failing()));
    assertThat(wrong.problem().details().toString()).contains("Content-Encoding");

    BodyRefusal broken =
        requireNonNull(new IncomingBody(admitted(), SENDER, false).receive(failing()));
    assertThat(broken.reason()).isEqualTo("body_form");

    BodySender hurried = new BodySender("hurried", 1, 1_000, Duration.ZERO);
    BodyRefusal late =
        requireNonNull(new IncomingBody(admitted(), hurried, false).receive(failing()));
    assertThat(late.reason()).isEqualTo("body_time");
  }

  @Test
  void a_strangers_form_is_read_as_it_is_or_not_at_all() throws IOException, ServletException {
    caller = null;
    path = "/api/auth/token";
    contentEncoding = "gzip";
    send("application/x-www-form-urlencoded", null, "grant_type=x");
    assertThat(status).isEqualTo(415);
    assertThat(received).isNull();
  }

  private @Nullable String header(String name, @Nullable String transferEncoding) {
    return switch (name) {
      case "Transfer-Encoding" -> transferEncoding;
      case "Content-Encoding" -> contentEncoding;
      default -> null;
    };
  }

  private static PendingBodies admitted() {
    PendingBodies bodies = new PendingBodies(1, 1_000);
    assertThat(bodies.admit(SENDER.name(), 1)).isEqualTo(PendingBodies.Answer.ADMITTED);
    return bodies;
  }

  private static InputStream failing() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        throw new IOException("Not in GZIP format");
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        return read();
      }
    };
  }

  private void send(@Nullable String type, @Nullable String encoding, String body)
      throws IOException, ServletException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    long length = encoding == null ? bytes.length : -1;
    HttpServletRequest head =
        Stub.of(
            HttpServletRequest.class,
            Map.of(
                "getMethod", a -> "POST",
                "getRequestURI", a -> path,
                "getUserPrincipal", a -> caller,
                "getContentType", a -> type,
                "getContentLengthLong", a -> length,
                "getHeader", a -> header(String.valueOf(a[0]), encoding)));
    HttpServletResponse response =
        Stub.of(
            HttpServletResponse.class,
            Map.of(
                "setStatus",
                a -> status = a[0] instanceof Integer code ? code : 0,
                "getOutputStream",
                a -> new DiscardedOutput()));
    filter.doFilter(
        new BufferedRequest(head, bytes),
        response,
        (passed, answer) ->
            received = new String(passed.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
  }
}
