package org.fleetcast.live;

import org.jspecify.annotations.Nullable;

/** A log line that can be shown. */
public interface LiveLine {
  /** Its {@code @timestamp} in microseconds since 1970. */
  long at();

  /** The entity whose followers see it; null for none. */
  @Nullable String entityId();

  /** All of it, as one line of JSON in UTF-8. */
  byte[] json();

  /** What filters look at; read from the JSON each time. */
  LineFilter.Text text();
}
