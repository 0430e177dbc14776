package org.fleetcast.archive;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is wrong with the archive right now, told in the log when it begins and when it is over. */
final class ArchiveHealth {
  private static final Logger LOG = System.getLogger(ArchiveHealth.class.getName());

  private final Map<Kind, String> present = new ConcurrentSkipListMap<>();

  /** What of its work is in trouble. */
  enum Kind {
    AWAY("Elasticsearch does not answer, lines wait"),
    WRITE("Elasticsearch does not take lines, they wait"),
    REFRESH("Elasticsearch refuses to refresh, stored lines stay in the journal too"),
    DOUBLES("Elasticsearch cannot be asked what a rollover doubled, lines stay in the journal too"),
    LINES("Elasticsearch refuses single lines, they are tried again"),
    ARCHIVE("The archive failed and begins again");

    private final String sentence;

    Kind(String sentence) {
      this.sentence = sentence;
    }
  }

  void begin(Kind kind, String error) {
    if (present.put(kind, error) == null) {
      LOG.log(Level.WARNING, kind.sentence + " error=" + error);
    }
  }

  /** Says whether there was such a trouble. */
  boolean end(Kind kind) {
    boolean over = present.remove(kind) != null;
    if (over) {
      LOG.log(Level.INFO, "It is over: " + kind.sentence);
    }
    return over;
  }

  /** All of it; null when there is none. */
  @Nullable String text() {
    return present.isEmpty()
        ? null
        : present.values().stream().distinct().collect(Collectors.joining(", "));
  }
}
