package org.fleetcast.logs;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** What is wrong with the archive right now, told in the log when it begins and when it is over. */
final class Troubles {
  private static final Logger LOG = System.getLogger(Troubles.class.getName());

  private final Map<Kind, String> present = new ConcurrentSkipListMap<>();

  /** What of its work is in trouble. */
  enum Kind {
    WRITE("Elasticsearch does not take lines, they wait"),
    REFRESH("Elasticsearch refuses to refresh, stored lines stay in the journal too"),
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

  /** The same for what should not happen at all. */
  void begin(Kind kind, RuntimeException failure) {
    if (present.put(kind, failure.getClass().getSimpleName()) == null) {
      LOG.log(Level.ERROR, kind.sentence, failure);
    }
  }

  void end(Kind kind) {
    if (present.remove(kind) != null) {
      LOG.log(Level.INFO, "It is over: " + kind.sentence);
    }
  }

  /** All of it; null when there is none. */
  @Nullable String text() {
    return present.isEmpty() ? null : String.join(", ", present.values());
  }
}
