package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What can be seen of a server from here: whether it answers, its health, its clock, the login. */
final class ServerChecks {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** What OIDC_CLOCK_SKEW_SECONDS is by default. */
  private static final Duration SKEW = Duration.ofSeconds(30);

  private final Server server;
  private final Http http;
  private final Clock clock;

  ServerChecks(Server server, Http http, Clock clock) {
    this.server = server;
    this.http = http;
    this.clock = clock;
  }

  List<Finding> findings() {
    try {
      Http.Answer started = get("/health/started");
      if (!started.json().path("status").isMissingNode()) {
        return findings(started);
      }
      Http.Answer provider = get("/api/auth/provider");
      return provider.json().has("local_login")
          ? withoutHealth(provider)
          : List.of(
              Finding.bad(
                  "server",
                  "What answers at " + server.base() + " is not Fleetcast",
                  "Name its address by --server or FLEETCAST_URL."));
    } catch (Failure away) {
      return List.of(
          Finding.bad(
              "server",
              away.sentence(),
              "Is it the address (--server, FLEETCAST_URL), does the server run, and may this"
                  + " machine reach it?"));
    }
  }

  /** As through the proxies that we ship. */
  private List<Finding> withoutHealth(Http.Answer answer) throws Failure {
    List<Finding> findings = new ArrayList<>();
    findings.add(
        Finding.note(
            "server",
            "It answers at " + server.base() + " and does not show its health there",
            "A proxy or a port of its own keeps /health inside: to see what the server sees, name an"
                + " address that has it by --server."));
    answer.headers().firstValue("Date").ifPresent(date -> findings.add(clock(date)));
    findings.add(login());
    findings.add(provider());
    return findings;
  }

  private List<Finding> findings(Http.Answer started) throws Failure {
    List<Finding> findings = new ArrayList<>();
    findings.add(
        started.status() == 200
            ? Finding.ok("server", "It has started, at " + server.base())
            : Finding.bad(
                "server",
                "It answers at " + server.base() + " but the application has not started",
                "Its log (messages.log) has a sentence that names the setting that is wrong."));
    started.headers().firstValue("Date").ifPresent(date -> findings.add(clock(date)));
    Set<Finding> health = new LinkedHashSet<>();
    health.addAll(ServerHealth.findings(get("/health/live").json()));
    health.addAll(ServerHealth.findings(get("/health/ready").json()));
    findings.addAll(health);
    if (started.status() == 200) {
      findings.add(login());
      findings.add(provider());
    }
    return findings;
  }

  private Http.Answer get(String path) throws Failure {
    return http.send(HttpRequest.newBuilder(server.at(path)).GET(), LIMIT);
  }

  private Finding clock(String date) {
    Instant theirs;
    try {
      theirs = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeException malformed) {
      return Finding.note("clock", "The server tells no time", "");
    }
    Duration apart = Duration.between(theirs, clock.instant()).abs();
    return apart.compareTo(SKEW) <= 0
        ? Finding.ok("clock", "This machine's and the server's agree within 30 s")
        : Finding.bad(
            "clock",
            "This machine's and the server's are %d s apart".formatted(apart.toSeconds()),
            "Set the one that is wrong (NTP): tokens are refused, and --since 5m means another"
                + " time.");
  }

  private Finding login() {
    try {
      JsonNode self = server.get("/api/auth/self");
      List<String> roles = new ArrayList<>();
      self.path("roles").forEach(role -> roles.add(role.asText()));
      return Finding.ok(
          "login",
          "Signed in as %s with %s"
              .formatted(self.path("subject").asText(), String.join(", ", roles)));
    } catch (Failure refused) {
      return Finding.note(
          "login",
          refused.sentence(),
          "Why a token is refused stands in the server's log at INFO.");
    }
  }

  private Finding provider() throws Failure {
    Http.Answer answered = get("/api/auth/provider");
    JsonNode told = answered.json();
    if (answered.status() != 200) {
      return Finding.note(
          "provider", answered.sentence(), "Is the server older than this command?");
    }
    String issuer = told.path("issuer").textValue();
    if (issuer == null) {
      return told.path("local_login").asBoolean()
          ? Finding.note(
              "provider",
              "The server signs in anybody by itself (FLEETCAST_LOCAL_LOGIN)",
              "That is for trying out: set OIDC_ISSUER_URL.")
          : Finding.bad("provider", "Nobody can sign in", "Set OIDC_ISSUER_URL at the server.");
    }
    String document = DeviceCode.document(issuer);
    try {
      Http.Answer answer = http.send(HttpRequest.newBuilder(URI.create(document)).GET(), LIMIT);
      return answer.json().path("issuer").asText().equals(issuer)
          ? Finding.ok("provider", issuer + " answers as itself")
          : Finding.bad(
              "provider",
              document + " is not what an OpenID provider of that name answers",
              "OIDC_ISSUER_URL has to be exactly what the provider calls itself.");
    } catch (Failure away) {
      return Finding.bad(
          "provider", away.sentence(), "Nobody can sign in from here until it answers.");
    }
  }
}
