package org.fleetcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.fleetcast.Observability.Alert;
import org.fleetcast.stack.Prometheus;
import org.junit.jupiter.api.Test;

/** Each alert fires when its fault has lasted, not before, and has its paragraph. */
class AlertsTest {
  private static final Path COURSES = Path.of("src/test/resources/observability/alerts-test.yaml");
  private static final Pattern PARAGRAPH =
      Pattern.compile("^#### (Fleetcast\\w+)\n\n(.+?)(?=\n\n)", Pattern.MULTILINE | Pattern.DOTALL);

  private static final String MISSING = "promtool is not installed (Debian: prometheus)";

  @Test
  void operations_has_a_paragraph_for_each_alert_and_for_no_other() throws IOException {
    List<MatchResult> paragraphs =
        PARAGRAPH
            .matcher(Files.readString(Path.of("src/site/markdown/operations.md")))
            .results()
            .toList();

    assertThat(paragraphs)
        .extracting(found -> found.group(1))
        .containsExactlyElementsOf(Observability.alerts().stream().map(Alert::name).toList());
    assertThat(paragraphs)
        .extracting(found -> found.group(2))
        .allMatch(text -> text.contains("*Look at*") && text.contains("*Do*"));
  }

  @Test
  void each_alert_says_how_bad_it_is_and_what_it_is() {
    for (Alert alert : Observability.alerts()) {
      assertThat(alert.rule().at("/labels/severity").asText())
          .as(alert.name())
          .isIn("critical", "warning", "info");
      assertThat(alert.rule().at("/annotations/summary").asText()).as(alert.name()).isNotBlank();
      assertThat(alert.rule().at("/annotations/description").asText())
          .as(alert.name())
          .isNotBlank();
    }
  }

  @Test
  void each_alert_has_the_course_of_its_fault() throws IOException {
    String courses = Files.readString(COURSES);

    assertThat(Observability.alerts())
        .hasSizeGreaterThan(15)
        .allMatch(alert -> courses.contains("alertname=\"" + alert.name() + "\""));
  }

  @Test
  void prometheus_takes_the_rules() {
    assumeTrue(Prometheus.isInstalled(), MISSING);

    assertThat(Prometheus.tool("check", "rules", Prometheus.RULES.toString())).startsWith("ok");
  }

  @Test
  void each_alert_fires_when_its_fault_has_lasted_and_not_before() {
    assumeTrue(Prometheus.isInstalled(), MISSING);

    assertThat(Prometheus.tool("test", "rules", COURSES.toString())).startsWith("ok");
  }
}
