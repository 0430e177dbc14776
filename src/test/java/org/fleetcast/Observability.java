package org.fleetcast;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.fleetcast.stack.Prometheus;

/** The dashboard and the alert rules that we ship, and what they ask Prometheus for. */
public final class Observability {
  /**
   * What only a server with an OpenID provider, Keycloak, a canary or other replicas has, and what
   * only a fault begins.
   */
  private static final Set<String> NOT_ALWAYS =
      Set.of(
          "fleetcast_openid_provider_up",
          "fleetcast_keycloak_up",
          "fleetcast_canary_lost_total",
          "fleetcast_canary_late_total",
          "fleetcast_canary_doubles_total",
          "fleetcast_canary_latency_seconds_bucket",
          "fleetcast_cluster_holder",
          "fleetcast_cluster_behind_seconds",
          "fleetcast_internal_faults_total");

  private static final Path DASHBOARD = Path.of("src/main/observability/dashboard.json");

  /** A word that is followed by a selector, or that is one of our names. */
  private static final Pattern SERIES =
      Pattern.compile("\\b(?:[a-z]+_\\w+(?=\\{)|(?:sse|iot|fleetcast)_[a-z_]+\\b)");

  private Observability() {}

  /** One alert rule. */
  public record Alert(String name, String expression, JsonNode rule) {}

  /** The rules, in their order. */
  public static List<Alert> alerts() {
    return list(SchemaDocument.ofYaml(Prometheus.RULES).root().path("groups")).stream()
        .flatMap(group -> list(group.path("rules")).stream())
        .map(rule -> new Alert(rule.path("alert").asText(), rule.path("expr").asText(), rule))
        .toList();
  }

  /** What the panels of the dashboard ask for, with its variables filled in. */
  public static List<String> panels() {
    try {
      List<String> found = new ArrayList<>();
      JsonNode root = SchemaDocument.json(Files.readString(DASHBOARD));
      for (JsonNode panel : root.path("panels")) {
        panel.path("targets").forEach(target -> found.add(target.path("expr").asText()));
      }
      return found.stream()
          .map(text -> text.replace("$__rate_interval", "1m"))
          .map(text -> text.replace("$job", "fleetcast").replace("$instance", ".*"))
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The names of the series that these expressions ask for. */
  public static Set<String> series(List<String> expressions) {
    return expressions.stream()
        .flatMap(text -> SERIES.matcher(text).results())
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Those of them that every server has from its start. */
  public static Set<String> seriesOfEveryServer(List<String> expressions) {
    Set<String> all = series(expressions);
    all.removeAll(NOT_ALWAYS);
    return all;
  }

  private static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }
}
