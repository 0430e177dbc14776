package org.fleetcast.page;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import org.fleetcast.DiscardedOutput;
import org.fleetcast.Stub;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnknownPathFilterTest {
  private static final Set<String> FILES =
      Set.of("/index.html", "/v/1/app.js", "/v", "/v/", "/WEB-INF/web.xml", "/Meta-Inf/x.txt");

  private final UnknownPathFilter filter = new UnknownPathFilter();
  private MappingMatch match = MappingMatch.DEFAULT;
  private int status;
  private boolean passed;

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "/index.html", "/v/1/app.js"})
  void what_is_there_passes(String path) throws Exception {
    get(path);
    assertThat(passed).isTrue();
    assertThat(status).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"EXACT", "PATH"})
  void what_a_servlet_is_for_passes(MappingMatch how) throws Exception {
    match = how;
    get("/probe/caller");
    assertThat(passed).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nope",
        "/v",
        "/v/",
        "/v/2/app.js",
        "/apis/x",
        "/x\nforged.js",
        "/WEB-INF/web.xml",
        "/Meta-Inf/x.txt",
        "/index.html/"
      })
  void what_is_not_there_is_refused_without_the_server(String path) throws Exception {
    get(path);
    assertThat(passed).isFalse();
    assertThat(status).isEqualTo(404);
  }

  @Test
  void the_server_as_a_whole_is_not_the_page() throws Exception {
    get("", "*");
    assertThat(passed).isFalse();
    assertThat(status).isEqualTo(404);
  }

  private void get(String path) throws Exception {
    get(path, path.isEmpty() ? "/" : path);
  }

  private void get(String path, String asked) throws Exception {
    ServletContext context =
        Stub.of(
            ServletContext.class,
            Map.of(
                "getResource",
                a -> FILES.contains(a[0]) ? URI.create("file:" + a[0]).toURL() : null));
    filter.init(Stub.of(FilterConfig.class, Map.of("getServletContext", a -> context)));
    HttpServletMapping mapping =
        Stub.of(HttpServletMapping.class, Map.of("getMappingMatch", a -> match));
    HttpServletRequest request =
        Stub.of(
            HttpServletRequest.class,
            Map.of(
                "getRequestURI",
                a -> asked,
                "getServletPath",
                a -> path,
                "getMethod",
                a -> "GET",
                "getHttpServletMapping",
                a -> mapping));
    HttpServletResponse response =
        Stub.of(
            HttpServletResponse.class,
            Map.of(
                "setStatus",
                a -> status = a[0] instanceof Integer code ? code : -1,
                "getOutputStream",
                a -> new DiscardedOutput()));
    filter.doFilter(request, response, (known, answer) -> passed = true);
  }
}
