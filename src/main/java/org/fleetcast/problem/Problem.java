package org.fleetcast.problem;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An expected failure: a sentence for the caller, a code, and what a program may need to act. */
public final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A body has room for tens of thousands, each of which would be longer here. */
  private static final int MOST_FIELDS = 100;

  private final ProblemCode code;
  private final transient Map<String, Object> details;
  private final @Nullable Duration retryAfter;

  private Problem(
      ProblemCode code,
      String sentence,
      Map<String, Object> details,
      @Nullable Duration retryAfter,
      @Nullable Throwable cause) {
    super(sentence, cause);
    this.code = code;
    this.details = details;
    this.retryAfter = retryAfter;
  }

  /** A failure of the given kind with a sentence for the caller. */
  public static Problem of(ProblemCode code, String sentence) {
    return new Problem(code, sentence, Map.of(), null, null);
  }

  /** A failure with a cause that is written to the log and never shown to the caller. */
  public static Problem of(ProblemCode code, String sentence, @Nullable Throwable cause) {
    return new Problem(code, sentence, Map.of(), null, cause);
  }

  /** 400 VALIDATION_FAILED for one field. */
  public static Problem invalid(String field, String message) {
    return invalid(List.of(new InvalidField(field, message)));
  }

  /** 400 VALIDATION_FAILED with every field that is wrong, or as many as anybody reads. */
  public static Problem invalid(List<InvalidField> fields) {
    List<InvalidField> told =
        fields.stream().limit(MOST_FIELDS).map(InvalidField::shortened).toList();
    String sentence =
        fields.size() == 1
            ? told.get(0).field() + ": " + told.get(0).message()
            : "The request has " + fields.size() + " invalid fields";
    return new Problem(ProblemCode.VALIDATION_FAILED, sentence, Map.of("fields", told), null, null);
  }

  /** 400 VALIDATION_FAILED for the body as a whole: {@code The request body <message>}. */
  public static Problem invalidBody(String message) {
    return invalidAsAWhole("body", "The request body ", message);
  }

  /** 400 VALIDATION_FAILED for its head: {@code The head of the request <message>}. */
  public static Problem invalidHead(String message) {
    return invalidAsAWhole("head", "The head of the request ", message);
  }

  /** 400 VALIDATION_FAILED where nobody says what is wrong: {@code The request <message>}. */
  static Problem invalidRequest(String message) {
    return invalidAsAWhole("request", "The request ", message);
  }

  private static Problem invalidAsAWhole(String part, String words, String message) {
    return new Problem(
        ProblemCode.VALIDATION_FAILED,
        words + message,
        Map.of("fields", List.of(new InvalidField(part, message))),
        null,
        null);
  }

  /** 404 RECORD_NOT_FOUND: {@code <what> was not found}. */
  public static Problem notFound(String what) {
    return of(ProblemCode.RECORD_NOT_FOUND, what + " was not found");
  }

  /** The same failure, with the time after which another try makes sense. */
  public Problem retryAfter(Duration wait) {
    return new Problem(code, sentence(), details, wait, getCause());
  }

  public ProblemCode code() {
    return code;
  }

  public String sentence() {
    return String.valueOf(getMessage());
  }

  public Map<String, Object> details() {
    return details;
  }

  /** The time after which another try makes sense; a 429 and a 503 always have one. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter).or(code::retryAfter);
  }

  /** A field of a request and what is wrong with it. */
  public record InvalidField(String field, String message) {
    private static final int LONGEST = 200;

    /** With a name of which not more than the beginning is told: the caller made it up. */
    private InvalidField shortened() {
      return field.length() <= LONGEST
          ? this
          : new InvalidField(field.substring(0, LONGEST) + "...", message);
    }
  }
}
