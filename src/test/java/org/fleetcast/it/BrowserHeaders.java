package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.util.List;

/** What every answer tells a browser, and what none tells anybody. */
final class BrowserHeaders {
  private BrowserHeaders() {}

  static void guard(String place, HttpHeaders headers) {
    assertThat(headers.allValues("Content-Security-Policy"))
        .as(place)
        .singleElement()
        .asString()
        .startsWith("default-src 'none'; ")
        .contains("base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'")
        .doesNotContain("unsafe", "*");
    assertThat(headers.allValues("X-Content-Type-Options")).as(place).containsExactly("nosniff");
    assertThat(headers.allValues("Referrer-Policy")).as(place).containsExactly("no-referrer");
    assertThat(headers.allValues("Strict-Transport-Security")).as(place + " by http").isEmpty();
    assertThat(headers.allValues("Permissions-Policy"))
        .as(place)
        .singleElement()
        .asString()
        .contains("camera=(), ", "microphone=()");
    for (String banner :
        List.of("Server", "X-Powered-By", "$WSEP", "Access-Control-Allow-Origin")) {
      assertThat(headers.firstValue(banner)).as(place + " " + banner).isEmpty();
    }
  }
}
