package org.fleetcast.command;

/**
 * What a check of {@code doctor} found.
 *
 * @param part what was looked at
 * @param advice what to do about it; empty when nothing is to be done
 */
record Finding(State state, String part, String sentence, String advice) {

  /** How bad it is. */
  enum State {
    OK,
    NOTE,
    BAD
  }

  static Finding ok(String part, String sentence) {
    return new Finding(State.OK, part, sentence, "");
  }

  /** It may be meant so. */
  static Finding note(String part, String sentence, String advice) {
    return new Finding(State.NOTE, part, sentence, advice);
  }

  static Finding bad(String part, String sentence, String advice) {
    return new Finding(State.BAD, part, sentence, advice);
  }

  /** As it is shown: a line, and one for the advice. */
  String text() {
    String line = "%-4s  %-13s  %s".formatted(state, part, Terminal.safe(sentence));
    return advice.isEmpty() ? line : line + "\n                     -> " + Terminal.safe(advice);
  }
}
