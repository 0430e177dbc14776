package org.fleetcast.page;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.fleetcast.Stub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PageFilterTest {
  private static final String DATE = "If-Modified-Since";
  private static final String CACHE_CONTROL = "Cache-Control";

  private PageFilter filter = new PageFilter(Optional.empty());
  private final List<String> read = new ArrayList<>();
  private final Map<String, String> files =
      new HashMap<>(Map.of("/index.html", "the page", "/v/1/app.js", "its script"));

  @Test
  void a_versioned_file_is_kept_for_good() throws Exception {
    Answer answer = get("/v/1/app.js", Map.of());

    assertThat(answer.headers)
        .containsEntry(CACHE_CONTROL, "public, max-age=31536000, immutable")
        .doesNotContainKey("ETag");
    assertThat(answer.passedOn).isNotNull();
  }

  @Test
  void the_refusal_of_another_version_is_not_kept() throws Exception {
    Answer answer = get("/v/2/app.js", Map.of());

    assertThat(answer.headers).isEmpty();
    assertThat(answer.passedOn).isNotNull();
  }

  @Test
  void a_file_with_a_lasting_address_is_sent_again_only_when_it_is_another() throws Exception {
    String tag = get("/index.html", Map.of()).headers.get("ETag");

    Answer same = get("/index.html", Map.of("If-None-Match", "\"x\", " + tag));
    files.put("/index.html", "the page of another release");
    PageFilterTest next = new PageFilterTest(); // a release begins with a server
    next.files.putAll(files);
    Answer another = next.get("/index.html", Map.of("If-None-Match", tag, DATE, "tomorrow"));

    assertThat(same.status).isEqualTo(HttpServletResponse.SC_NOT_MODIFIED);
    assertThat(same.passedOn).isNull();
    assertThat(another.status).isZero();
    assertThat(another.headers.get("ETag")).startsWith("W/\"").isNotEqualTo(tag);
    assertThat(another.passedOn().getHeader(DATE)).isNull();
    assertThat(another.passedOn().getDateHeader(DATE)).isEqualTo(-1);
  }

  @Test
  void whoever_knows_only_the_date_is_answered_by_it() throws Exception {
    Answer answer = get("/index.html", Map.of(DATE, "yesterday"));

    assertThat(answer.passedOn().getHeader(DATE)).isEqualTo("yesterday");
  }

  @Test
  void an_answer_that_renews_a_login_is_not_kept() throws Exception {
    Answer answer = new Answer();
    answer.headers.put(CACHE_CONTROL, "no-store");
    send("GET", "/v/1/app.js", Map.of(), answer);

    assertThat(answer.headers).containsEntry(CACHE_CONTROL, "no-store");
  }

  @Test
  void a_range_is_not_kept_for_it_may_be_refused() throws Exception {
    assertThat(get("/v/1/app.js", Map.of("Range", "bytes=99-")).headers).isEmpty();
  }

  @Test
  void a_folder_is_no_file() throws Exception {
    files.put("/v/1", "a listing");

    assertThat(get("/v/1", Map.of()).headers).isEmpty();
  }

  @Test
  void whoever_would_do_more_than_read_a_file_is_refused() throws Exception {
    String tag = get("/index.html", Map.of()).headers.get("ETag");
    Answer posted = new Answer();
    send("POST", "/index.html", Map.of("If-None-Match", tag), posted);

    assertThat(posted.status).isEqualTo(405);
    assertThat(posted.headers).containsEntry("Allow", "GET, HEAD");
    assertThat(posted.passedOn).isNull();
  }

  @Test
  void a_file_is_read_once_and_a_versioned_one_never() throws Exception {
    get("/index.html", Map.of());
    get("/index.html", Map.of());
    get("/v/1/app.js", Map.of());

    assertThat(read).containsExactly("/index.html");
  }

  @Test
  void what_every_page_has_to_say_is_put_into_the_page_which_is_not_kept() throws Exception {
    filter = new PageFilter(Optional.of("Beware."));
    files.put("/index.html", "<html><body><main></main></body></html>");
    Answer answer = get("/index.html", Map.of("If-None-Match", "W/\"x\""));

    assertThat(answer.body.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "<html><body><p class=\"notice\" role=\"alert\">Beware.</p><main></main></body></html>");
    assertThat(answer.headers).containsEntry(CACHE_CONTROL, "no-store").doesNotContainKey("ETag");
    assertThat(answer.passedOn).isNull();
    assertThat(get("/v/1/app.js", Map.of()).passedOn).isNotNull();
  }

  @Test
  void the_page_of_the_console_has_the_place_for_it() throws IOException {
    assertThat(Files.readString(Path.of("src/main/webapp/index.html"))).containsOnlyOnce("<body>");
  }

  private Answer get(String path, Map<String, String> headers) throws Exception {
    return send("GET", path, headers, new Answer());
  }

  private Answer send(String method, String path, Map<String, String> headers, Answer answer)
      throws Exception {
    filter.init(Stub.of(FilterConfig.class, Map.of("getServletContext", arguments -> context())));
    HttpServletRequest request =
        Stub.of(
            HttpServletRequest.class,
            Map.of(
                "getMethod",
                arguments -> method,
                "getServletPath",
                arguments -> path,
                "getHeader",
                arguments -> headers.get(arguments[0])));
    FilterChain chain = (passed, response) -> answer.passedOn = (HttpServletRequest) passed;
    filter.doFilter(request, answer.response(), chain);
    return answer;
  }

  private ServletContext context() {
    return Stub.of(
        ServletContext.class,
        Map.of(
            "getResource",
            arguments ->
                files.containsKey(arguments[0]) ? URI.create("file:" + arguments[0]).toURL() : null,
            "getResourceAsStream",
            arguments -> {
              read.add((String) arguments[0]);
              return stream(files.get(arguments[0]));
            }));
  }

  private static @Nullable ByteArrayInputStream stream(@Nullable String content) {
    return content == null
        ? null
        : new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8));
  }

  /** What came of a request. */
  private static final class Answer {
    private final Map<String, String> headers = new HashMap<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int status;
    private @Nullable HttpServletRequest passedOn;

    private HttpServletRequest passedOn() {
      return Objects.requireNonNull(passedOn);
    }

    private ServletOutputStream output() {
      return new ServletOutputStream() {
        @Override
        public void write(int b) {
          body.write(b);
        }

        @Override
        public boolean isReady() {
          return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {}
      };
    }

    private HttpServletResponse response() {
      return Stub.of(
          HttpServletResponse.class,
          Map.of(
              "getHeader",
              arguments -> headers.get(arguments[0]),
              "setHeader",
              arguments -> headers.put((String) arguments[0], (String) arguments[1]),
              "getOutputStream",
              arguments -> output(),
              "sendError",
              arguments -> status = (Integer) arguments[0],
              "setStatus",
              arguments -> status = (Integer) arguments[0]));
    }
  }
}
