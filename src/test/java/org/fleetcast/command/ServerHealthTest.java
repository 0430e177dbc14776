package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.List;
import org.fleetcast.command.Finding.State;
import org.fleetcast.sink.LineJson;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerHealthTest {
  private static final String LOGS =
      "\"journal\":\"%s\",\"journal_bytes\":1,\"journal_age_seconds\":2,\"elasticsearch\":\"%s\","
          + "\"templates\":\"%s\"";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mqtt | UP | \"state\":\"connected\" | OK | connected",
        "mqtt | UP | \"sink\":\"off\" | NOTE | no broker",
        "mqtt | UP | \"sink\":\"standby\" | OK | Another replica",
        "mqtt | UP | \"state\":\"away\",\"reason\":\"nobody listens\" | BAD | nobody listens",
        "mqtt | DOWN | \"state\":\"connected\" | BAD | connected",
        "database | UP | \"read_only\":false | OK | reads and writes",
        "database | UP | \"read_only\":true | NOTE | no writes",
        "database | DOWN | \"read_only\":false | BAD | away",
        "streams | DOWN | \"ended\":\"the event loop\" | BAD | the event loop",
      })
  void each_state_of_a_part_is_a_sentence(
      String part, String status, String data, State state, String words) throws Exception {
    List<Finding> findings = findings(part, status, data);

    assertThat(findings)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.state()).isEqualTo(state);
              assertThat(finding.sentence()).contains(words);
              assertThat(finding.advice().isEmpty()).isEqualTo(state == State.OK);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "ok, ok, ok, OK, OK, stores lines",
    "full, ok, ok, BAD, OK, stores lines",
    "cannot be written: No space left on device, ok, ok, BAD, OK, stores lines",
    "ok, off, ok, OK, NOTE, no Elasticsearch",
    "ok, security_exception 403, ok, OK, BAD, security_exception 403",
    "ok, ok, refused, OK, BAD, as they should be: refused",
  })
  void journal_and_elasticsearch_are_told_apart(
      String journal,
      String elasticsearch,
      String templates,
      State ofJournal,
      State ofElasticsearch,
      String words)
      throws Exception {
    List<Finding> findings =
        findings("logs", "UP", LOGS.formatted(journal, elasticsearch, templates));

    assertThat(findings).extracting(Finding::state).containsExactly(ofJournal, ofElasticsearch);
    assertThat(findings.get(1).sentence()).contains(words);
  }

  private static List<Finding> findings(String part, String status, String data)
      throws JsonProcessingException {
    return ServerHealth.findings(
        LineJson.MAPPER.readTree(
            "{\"checks\":[{\"name\":\"%s\",\"status\":\"%s\",\"data\":{%s}}]}"
                .formatted(part, status, data)));
  }
}
