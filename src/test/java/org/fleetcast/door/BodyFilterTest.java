package org.fleetcast.door;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import org.fleetcast.DiscardedOutput;
import org.fleetcast.Stub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What somebody sends along. */
class BodyFilterTest {
  private final BodyFilter filter = new BodyFilter();
  private @Nullable Principal caller = () -> "ann";
  private String path = "/api/rotation/trigger";
  private int status = HttpServletResponse.SC_OK;
  private @Nullable String received;

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
                "getHeader", a -> "Transfer-Encoding".equals(a[0]) ? encoding : null));
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
