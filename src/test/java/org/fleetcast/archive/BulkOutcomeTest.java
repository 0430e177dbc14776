package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The refusals are Elasticsearch's own, as 8.19 answered them. */
class BulkOutcomeTest {
  private static final String ILLEGAL = "illegal_argument_exception";

  @ParameterizedTest
  @CsvSource({
    "document_parsing_exception, failed to parse: field name cannot be an empty string",
    "document_parsing_exception, Limit of total fields [9] has been exceeded",
    "mapper_parsing_exception, failed to parse field [level] of type [keyword]",
    "strict_dynamic_mapping_exception, mapping set to strict",
    "illegal_argument_exception, Document contains at least one immense term in field",
    "illegal_argument_exception, Limit of total fields [1000] has been exceeded",
    "illegal_argument_exception, mapper [temp] cannot be changed from type [long] to [text]",
  })
  void what_speaks_of_the_document_is_hopeless_in_that_form(String type, String reason) {
    BulkOutcome outcome = new BulkOutcome(400, type, reason);
    assertThat(outcome.aboutDocument()).isTrue();
    assertThat(outcome.doubtful()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "400, validation_exception, this action would add [2] shards",
    "400, index_closed_exception, closed",
    "400, illegal_argument_exception, pipeline with id [nope] does not exist",
    "400, illegal_argument_exception, no write index is defined for alias [al]",
    "403, cluster_block_exception, blocked by: [FORBIDDEN/8/index write (api)]",
    "404, index_not_found_exception, no such index [x]",
    "429, es_rejected_execution_exception, rejected",
    "503, unavailable_shards_exception, primary shard is not active",
  })
  void what_speaks_of_the_cluster_waits(int status, String type, String reason) {
    BulkOutcome outcome = new BulkOutcome(status, type, reason);
    assertThat(outcome.aboutDocument()).isFalse();
    assertThat(outcome.doubtful()).isFalse();
    assertThat(outcome.stored()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "400, illegal_argument_exception, unable to convert [n/a] to integer",
    "500, fail_processor_exception, no",
  })
  void what_may_be_either_is_neither(int status, String type, String reason) {
    BulkOutcome outcome = new BulkOutcome(status, type, reason);
    assertThat(outcome.aboutDocument()).isFalse();
    assertThat(outcome.doubtful()).isTrue();
  }

  @Test
  void what_is_there_already_is_stored() {
    assertThat(new BulkOutcome(409, "version_conflict_engine_exception", "x").stored()).isTrue();
    assertThat(new BulkOutcome(201, "none", "").created()).isTrue();
  }

  @Test
  void the_text_is_bounded_and_without_a_value_that_a_device_sent() {
    assertThat(
            new BulkOutcome(400, ILLEGAL, "failed to parse. Preview of field's value: 'secret'")
                .text())
        .isEqualTo(ILLEGAL + ": failed to parse.");
    assertThat(new BulkOutcome(400, ILLEGAL, "x".repeat(1_000)).text()).hasSize(303);
  }

  @Test
  void what_a_device_sent_is_in_no_sentence_about_it() {
    String reason =
        "[logstash-http-x][0] primary shard is not active Timeout: [5s], request:"
            + " [BulkShardRequest [[logstash-http-x][0]] containing [index {[logstash-http-x][a-1],"
            + " source[{\"message\":\"private\"}]}]]";
    assertThat(new BulkOutcome(503, "unavailable_shards_exception", reason).text())
        .isEqualTo(
            "unavailable_shards_exception: [logstash-http-x][0] primary shard is not active"
                + " Timeout: [5s]");
  }
}
