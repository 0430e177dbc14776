package org.fleetcast.sink;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;

/**
 * How what is written in Elasticsearch is named: daily indices by a prefix and the UTC day of their
 * lines, or for the log, where it is so set, one data stream.
 */
@Singleton
public class IndexNames {
  private static final String DEAD_LETTERS = "fleetcast-dead-letter-";

  /** What Elasticsearch takes at the beginning of a name, and a data stream's or alias's too. */
  private static final Pattern PREFIX = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}");

  private final String lines;
  private final Optional<String> stream;

  @Inject
  public IndexNames(
      @ConfigProperty(name = "elasticsearch.index.prefix") String prefix,
      @ConfigProperty(name = "elasticsearch.data.stream") Optional<String> stream) {
    if (!PREFIX.matcher(prefix).matches()) {
      throw Setting.bad(
          "ELASTICSEARCH_INDEX_PREFIX must be at most 100 of a-z, 0-9, '.', '_' and '-', and begin"
              + " with a letter or a digit");
    }
    if (prefix.startsWith(DEAD_LETTERS) || DEAD_LETTERS.startsWith(prefix)) {
      throw Setting.bad(
          "ELASTICSEARCH_INDEX_PREFIX must not be what the names of the dead-letter indices begin"
              + " with");
    }
    stream.ifPresent(IndexNames::check);
    this.lines = prefix;
    this.stream = stream;
  }

  /** Names of daily indices only. */
  public static IndexNames daily(String prefix) {
    return new IndexNames(prefix, Optional.empty());
  }

  private static void check(String stream) {
    if (!PREFIX.matcher(stream).matches() || stream.startsWith(DEAD_LETTERS)) {
      throw Setting.bad(
          "ELASTICSEARCH_DATA_STREAM must be at most 100 of a-z, 0-9, '.', '_' and '-', begin with"
              + " a letter or a digit, and not with "
              + DEAD_LETTERS);
    }
  }

  /** The data stream that lines go to; empty where they go to daily indices. */
  public Optional<String> stream() {
    return stream;
  }

  /** What the names of daily indices of that kind begin with; the day follows. */
  public String prefix(JournalLine.Kind kind) {
    return kind == JournalLine.Kind.LINE ? lines : DEAD_LETTERS;
  }

  /** All daily indices of that kind, as a pattern. */
  public String all(JournalLine.Kind kind) {
    return prefix(kind) + "*";
  }

  /** What is written of that kind, as a pattern. */
  public String written(JournalLine.Kind kind) {
    return kind == JournalLine.Kind.LINE ? stream.orElse(all(kind)) : all(kind);
  }

  /**
   * Where what has that time is stored.
   *
   * @param at in microseconds since 1970
   */
  public String of(JournalLine.Kind kind, long at) {
    String daily = prefix(kind) + LogTime.day(at);
    return kind == JournalLine.Kind.LINE ? stream.orElse(daily) : daily;
  }

  /** Where that line is stored. */
  public String of(JournalLine line) {
    return of(line.kind(), line.at());
  }
}
