package org.fleetcast.logs;

/** What became of one line of a bulk write. */
record Outcome(int status, String errorType, String reason) {
  /** It is stored: now, or by an earlier try whose answer was lost. */
  boolean stored() {
    return created() || status == 409;
  }

  /** It is stored now, and was not before. */
  boolean created() {
    return status >= 200 && status < 300;
  }

  /** Elasticsearch has too much to do, or cannot do it right now. */
  boolean busy() {
    return status == 429 || status >= 500;
  }

  /** It can never be stored as it is. */
  boolean hopeless() {
    return status == 400;
  }
}
