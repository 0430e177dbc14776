package org.fleetcast.it;

import java.time.Duration;
import java.util.List;

/** What strangers and greedy viewers ask a server for, each crowd from an address of its own. */
final class Requests {
  private static final String HOST = " HTTP/1.1\r\nHost: localhost\r\n";
  private static final String LEAVING = "Connection: close\r\n\r\n";
  private static final int PATH_LENGTH = 30_000;
  private static final int HEADER_LENGTH = 32_000;
  private static final int HEADERS = 490;

  /** Where a long path may be refused, by whoever is asked first. */
  private static final List<String> PLACES =
      List.of("/api/", "/", "/health/", "/api/%zz", "/openapi/", "/internal/", "/%00", "/api/..;/");

  private Requests() {}

  static CrowdPlan headersThatNeverEnd() {
    String header = "X-Long: " + "h".repeat(HEADER_LENGTH) + "\r\n";
    return CrowdPlan.of(11, 100, 20, n -> "GET /api/auth/self" + HOST)
        .sending(header, HEADERS, Duration.ZERO);
  }

  static CrowdPlan bodiesThatTrickle(String token) {
    return CrowdPlan.of(12, 1_500, 100, n -> n % 2 == 0 ? form() : subscription(token))
        .sending("{", 1_000, Duration.ofSeconds(1));
  }

  private static String form() {
    return "POST /api/auth/token"
        + HOST
        + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n"
        + LEAVING;
  }

  private static String subscription(String token) {
    return "POST /api/device-logs/subscribe"
        + HOST
        + "Content-Type: application/json\r\nContent-Length: 4000\r\n"
        + bearer(token)
        + LEAVING;
  }

  static CrowdPlan longPaths(int perSecond) {
    return CrowdPlan.of(
        13,
        20,
        perSecond,
        n -> get(PLACES.get(n % PLACES.size()) + "p".repeat(PATH_LENGTH)) + LEAVING);
  }

  /** Readers of one user who read a little of it. */
  static CrowdPlan streamsWithTails(int howMany, int device, String token) {
    return CrowdPlan.of(14, howMany, howMany / 20, n -> tail(device, token)).reading(4_000);
  }

  /** Readers of one user who read all of it. */
  static CrowdPlan tails(int howMany, int device, String token) {
    return CrowdPlan.of(15, howMany, howMany / 10, n -> tail(device, token));
  }

  private static String tail(int device, String token) {
    return get("/api/devices/" + device + "/logs/stream?tail=1000") + bearer(token) + "\r\n";
  }

  static CrowdPlan wildcardQueries(int device, String token) {
    return CrowdPlan.of(
        16, 150, 15, n -> get(logs(device) + "&query=*zz" + n + "*") + bearer(token) + LEAVING);
  }

  static CrowdPlan slowDownloads(int device, String token) {
    return CrowdPlan.of(
            17, 200, 20, n -> get(logs(device) + "&format=text") + bearer(token) + LEAVING)
        .reading(4_000);
  }

  private static String logs(int device) {
    return "/api/devices/" + device + "/logs?start=2000-01-01T00:00:00Z";
  }

  private static String get(String path) {
    return "GET " + path + HOST;
  }

  private static String bearer(String token) {
    return "Authorization: Bearer " + token + "\r\n";
  }
}
