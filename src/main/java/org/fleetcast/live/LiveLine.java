package org.fleetcast.live;

/** A log line that can be shown. */
public interface LiveLine {
  /** Its {@code @timestamp}, as clients compare it. */
  String time();

  /** All of it, as one line of JSON in UTF-8. */
  byte[] json();

  /** What filters look at; read from the JSON each time. */
  LineFilter.Text text();
}
