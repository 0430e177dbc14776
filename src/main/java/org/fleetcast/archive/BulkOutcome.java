package org.fleetcast.archive;

import java.util.List;
import java.util.Set;

/** What became of one line of a bulk write. */
public record BulkOutcome(int status, String errorType, String reason) {
  /** The types that speak of the document itself, of all versions from 7 to 9. */
  private static final Set<String> ABOUT_THE_DOCUMENT =
      Set.of(
          "document_parsing_exception",
          "mapper_parsing_exception",
          "strict_dynamic_mapping_exception",
          "x_content_parse_exception",
          "parsing_exception",
          "json_parse_exception");

  private static final String NONE = "none";
  private static final String DROPPED = "dropped_by_pipeline";
  private static final String FAILURE_STORE = "failure_store";

  private static final String ILLEGAL = "illegal_argument_exception";

  /** An illegal argument is the document in these cases only; its text is all there is to tell. */
  private static final List<String> ILLEGAL_DOCUMENT =
      List.of(
          "immense term",
          "Limit of total fields",
          "Limit of mapping depth",
          "Field name [",
          "field name",
          "object mapping",
          "non object mapping",
          "mapper [",
          "Mapper for [",
          "cannot be changed from type");

  private static final List<String> ILLEGAL_ELSEWHERE =
      List.of("pipeline with id", "no write index is defined");

  /** What Elasticsearch took, and has where it was to be. */
  static BulkOutcome taken(int status) {
    return new BulkOutcome(status, NONE, "");
  }

  /** What a pipeline of the index threw away: Elasticsearch calls that a success. */
  static BulkOutcome dropped(int status) {
    return new BulkOutcome(status, DROPPED, "an ingest pipeline of the index drops it");
  }

  /** What a data stream could not take, and keeps where no search of it looks: a success too. */
  static BulkOutcome redirected(int status) {
    return new BulkOutcome(status, FAILURE_STORE, "the data stream put it into its failure store");
  }

  /** It is stored: now, or by an earlier try whose answer was lost. */
  public boolean stored() {
    return created() || status == 409;
  }

  /** It is stored now, and was not before. */
  boolean created() {
    return status >= 200 && status < 300 && errorType.equals(NONE);
  }

  /** Another form would be dropped too, and another try. */
  boolean dropped() {
    return errorType.equals(DROPPED);
  }

  /** Elasticsearch is overloaded or away: what comes next would be refused too. */
  boolean busy() {
    return status == 429 || status >= 500;
  }

  /** It can never be stored in this form. */
  public boolean aboutDocument() {
    return errorType.equals(FAILURE_STORE)
        || (status == 400
            && (ABOUT_THE_DOCUMENT.contains(errorType)
                || (errorType.equals(ILLEGAL) && speaksOf(ILLEGAL_DOCUMENT))));
  }

  /** It may be the document or the cluster: a pipeline's processor says both in the same way. */
  public boolean doubtful() {
    return !stored()
        && !aboutDocument()
        && (status == 500
            || (status == 400 && errorType.equals(ILLEGAL) && !speaksOf(ILLEGAL_ELSEWHERE)));
  }

  private boolean speaksOf(List<String> texts) {
    return texts.stream().anyMatch(reason::contains);
  }

  /** Type and reason, short enough for a log line. */
  String text() {
    return SearchIndex.Refused.text(errorType, reason);
  }
}
