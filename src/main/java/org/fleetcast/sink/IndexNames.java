package org.fleetcast.sink;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;

/** How the daily indices in Elasticsearch are named: a prefix, and the UTC day of their lines. */
@Singleton
public class IndexNames {
  private static final String DEAD_LETTERS = "fleetcast-dead-letter-";

  /** What Elasticsearch takes at the beginning of a name, and a data stream's or alias's too. */
  private static final Pattern PREFIX = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}");

  private final String lines;

  @Inject
  public IndexNames(@ConfigProperty(name = "elasticsearch.index.prefix") String prefix) {
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
    this.lines = prefix;
  }

  /** What the names of that kind begin with; the day follows. */
  public String prefix(JournalLine.Kind kind) {
    return kind == JournalLine.Kind.LINE ? lines : DEAD_LETTERS;
  }

  /** All indices of that kind, as a pattern. */
  public String all(JournalLine.Kind kind) {
    return prefix(kind) + "*";
  }

  /**
   * The index of a day.
   *
   * @param at a time of that day in microseconds since 1970
   */
  public String of(JournalLine.Kind kind, long at) {
    return prefix(kind) + LogTime.day(at);
  }

  /** Where that line is stored. */
  public String of(JournalLine line) {
    return of(line.kind(), line.at());
  }
}
