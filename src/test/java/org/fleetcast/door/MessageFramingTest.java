package org.fleetcast.door;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fleetcast.Stub;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads that two servers could read in two ways. */
class MessageFramingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: x",
        "Host: ",
        "Host: x|Content-Length: 0",
        "Host: x|Content-Length: 12",
        "Host: x|Transfer-Encoding: chunked",
        "Host: x|transfer-encoding: Chunked",
        "Host: x|Cookie: a=\u00e9; b=\"\"|Cookie: c"
      })
  void what_says_once_where_it_ends_is_taken(String head) {
    assertThat(MessageFraming.fault(request("HTTP/1.1", head))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Accept: x",
        "Host: x|Host: x",
        "Host: x|Content-Length: 2|Content-Length: 2",
        "Host: x|Content-Length: 2, 2",
        "Host: x|Content-Length: +2",
        "Host: x|Content-Length: -1",
        "Host: x|Content-Length: 0x2",
        "Host: x|Content-Length: ",
        "Host: x|Content-Length: 99999999999999999999",
        "Host: x|Content-Length: 5|Transfer-Encoding: chunked",
        "Host: x|Transfer-Encoding: chunked|Transfer-Encoding: identity",
        "Host: x|Transfer-Encoding: gzip, chunked",
        "Host: x|Transfer-Encoding: xchunked",
        "Host: x|Transfer-Encoding: ",
        "Host: x|Authorization: Bearer a|Authorization: Bearer b",
        "Host: x|Content-Type: text/plain|Content-Type: application/json",
        "Host: x|Origin: http://a|Origin: http://b",
        "Host: x|A b: c",
        "Host: x|A: b\0c"
      })
  void what_could_end_elsewhere_for_another_is_refused(String head) {
    assertThat(MessageFraming.fault(request("HTTP/1.1", head))).isPresent();
  }

  @Test
  void the_older_version_needs_no_host_and_knows_no_chunks() {
    assertThat(MessageFraming.fault(request("HTTP/1.0", "Accept: x"))).isEmpty();
    assertThat(MessageFraming.fault(request("HTTP/1.0", "Host: x|Host: x"))).isPresent();
    assertThat(MessageFraming.fault(request("HTTP/1.0", "Transfer-Encoding: chunked"))).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/2.0", "HTTP/9.9", "http/1.1", "HTTP/1.10"})
  void another_version_is_none_of_ours(String version) {
    assertThat(MessageFraming.fault(request(version, "Host: x"))).isPresent();
  }

  private static HttpServletRequest request(String version, String head) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (String line : head.split("\\|")) {
      String[] pair = line.split(": ?", 2);
      headers.computeIfAbsent(pair[0], name -> new ArrayList<>()).add(pair[1]);
    }
    return Stub.of(
        HttpServletRequest.class,
        Map.of(
            "getProtocol", a -> version,
            "getHeaderNames", a -> Collections.enumeration(headers.keySet()),
            "getHeaders",
                a ->
                    Collections.enumeration(
                        headers.entrySet().stream()
                            .filter(
                                header -> header.getKey().equalsIgnoreCase(String.valueOf(a[0])))
                            .flatMap(header -> header.getValue().stream())
                            .toList())));
  }
}
