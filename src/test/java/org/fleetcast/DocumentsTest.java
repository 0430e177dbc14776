package org.fleetcast;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.Test;

/** What README and the documents name is there: metrics, error codes, endpoints, headings. */
class DocumentsTest {
  private static final Path FOLDER = Path.of("src/site/markdown");
  private static final Path OPERATIONS = FOLDER.resolve("operations.md");
  private static final int LARGEST_README = 10 * 1024;

  /** The names that existing dashboards know. */
  private static final Set<String> KNOWN_TO_DASHBOARDS =
      Set.of(
          "sse_device_log_subscriptions_active",
          "sse_device_log_events_sent_total",
          "sse_rotation_nudge_broadcast_total",
          "sse_identity_binding_total",
          "iot_logsink_messages_received_total",
          "iot_logsink_es_writes_total",
          "iot_logsink_es_write_duration_seconds",
          "iot_logsink_batch_size",
          "iot_logsink_queue_depth",
          "iot_logsink_retry_delay_seconds",
          "iot_logsink_enabled",
          "iot_mqtt_connection_state",
          "iot_rotation_job_runs_total",
          "fleetcast_internal_faults_total");

  private static final Pattern METRIC = Pattern.compile("\\b(?:sse|iot|fleetcast)_[a-z_]+\\b");
  private static final Pattern REGISTERED =
      Pattern.compile("\\bmetric\\(\\s*\"((?:sse|iot|fleetcast)_[a-z_]+)\",\\s*\"");
  private static final Pattern WITHOUT_HELP =
      Pattern.compile("\\.(?:counter|gauge|timer|histogram)\\(\\s*\"");
  private static final Pattern CODE_ROW = Pattern.compile("`([A-Z_]+)` \\| ([0-9]{3}) \\|");
  private static final Pattern LINK = Pattern.compile("(?:\\]\\(|src=\")([^)\\s\"]+)[)\"]");
  private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);

  /** A whole path of the application; what is abbreviated is none. */
  private static final Pattern ENDPOINT =
      Pattern.compile("/(?:api|internal)(?:/[\\w{}-]+)+(?![\\w{}/*…-])");

  private static final Pattern LIMIT = Pattern.compile("\\bL-[0-9]{2,}\\b");

  @Test
  void every_metric_that_a_document_names_is_in_the_code() throws IOException {
    String sources = sources();

    for (Path document : documents()) {
      assertThat(named(METRIC, Files.readString(document)))
          .as(document.toString())
          .allMatch(name -> isInCode(name, sources));
    }
  }

  @Test
  void every_metric_of_the_code_is_in_operations_or_limits() throws IOException {
    Set<String> documented = named(METRIC, Files.readString(OPERATIONS));
    documented.addAll(named(METRIC, Files.readString(FOLDER.resolve("limits.md"))));
    Set<String> registered =
        REGISTERED
            .matcher(sources())
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(registered)
        .hasSizeGreaterThan(20)
        .allMatch(
            name ->
                Stream.of("", "_total", "_seconds")
                    .map(name::concat)
                    .anyMatch(documented::contains));
  }

  @Test
  void every_metric_of_the_code_is_registered_with_a_sentence_that_explains_it()
      throws IOException {
    assertThat(sources()).doesNotContainPattern(WITHOUT_HELP);
  }

  @Test
  void every_metric_that_the_dashboard_and_the_alerts_ask_for_is_in_the_code() throws IOException {
    List<String> asked = new ArrayList<>(Observability.panels());
    Observability.alerts().forEach(alert -> asked.add(alert.expression()));
    String sources = sources();

    assertThat(named(METRIC, String.join("\n", asked)))
        .hasSizeGreaterThan(30)
        .allMatch(name -> isInCode(name, sources));
  }

  @Test
  void every_metric_that_dashboards_know_is_in_operations() throws IOException {
    assertThat(named(METRIC, Files.readString(OPERATIONS))).containsAll(KNOWN_TO_DASHBOARDS);
  }

  @Test
  void operations_has_every_error_code_with_its_status() throws IOException {
    Map<String, Integer> documented = new TreeMap<>();
    CODE_ROW
        .matcher(Files.readString(OPERATIONS))
        .results()
        .forEach(row -> documented.put(row.group(1), Integer.valueOf(row.group(2))));

    assertThat(documented)
        .isEqualTo(
            Arrays.stream(ProblemCode.values())
                .collect(Collectors.toMap(ProblemCode::name, ProblemCode::status)));
  }

  @Test
  void every_endpoint_that_a_document_names_is_in_the_openapi_document() throws IOException {
    OpenApiDocument api = new OpenApiDocument(SchemaDocument.ofYaml(OpenApiDocumentTest.FILE));
    Set<String> named = new TreeSet<>();
    for (Path document : documents()) {
      named.addAll(named(ENDPOINT, Files.readString(document)));
    }

    assertThat(named).hasSizeGreaterThan(10).allMatch(api::hasPath);
  }

  @Test
  void every_link_between_the_documents_leads_somewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path document : documents()) {
      for (MatchResult link : LINK.matcher(Files.readString(document)).results().toList()) {
        if (!link.group(1).contains("://") && !leadsSomewhere(document, link.group(1))) {
          broken.add(document + " -> " + link.group(1));
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  @Test
  void every_limit_that_the_sources_name_is_in_limits() throws IOException {
    Set<String> known = named(LIMIT, Files.readString(FOLDER.resolve("limits.md")));
    Set<String> named = named(LIMIT, sources());
    for (Path document : documents()) {
      named.addAll(named(LIMIT, Files.readString(document)));
    }

    assertThat(known).isNotEmpty().containsAll(named);
  }

  @Test
  void the_readme_is_short() throws IOException {
    assertThat(Files.size(Path.of("README.md"))).isLessThanOrEqualTo(LARGEST_README);
  }

  /**
   * Counters are shown with {@code _total} behind their name, timers with {@code _seconds},
   * histograms with {@code _bucket}.
   */
  private static boolean isInCode(String name, String sources) {
    String plain = name.replaceFirst("_bucket$", "");
    return sources.contains('"' + plain + '"')
        || sources.contains('"' + plain.replaceFirst("_(total|seconds)$", "") + '"');
  }

  private static boolean leadsSomewhere(Path document, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
    return Files.exists(target) && (parts.length == 1 || anchors(target).contains(parts[1]));
  }

  /** As Git hosts make them: lower case, blanks as hyphens, without other punctuation. */
  private static Set<String> anchors(Path document) throws IOException {
    return HEADING
        .matcher(Files.readString(document))
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(text -> text.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  private static Set<String> named(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<Path> documents() throws IOException {
    try (Stream<Path> found = Files.list(FOLDER)) {
      return Stream.concat(Stream.of(Path.of("README.md")), found.sorted())
          .filter(path -> path.toString().endsWith(".md"))
          .toList();
    }
  }

  private static String sources() throws IOException {
    try (Stream<Path> found = Files.walk(Path.of("src/main/java"))) {
      StringBuilder all = new StringBuilder();
      for (Path file : found.filter(path -> path.toString().endsWith(".java")).toList()) {
        all.append(Files.readString(file));
      }
      return all.toString();
    }
  }
}
