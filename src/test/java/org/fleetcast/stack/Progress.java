package org.fleetcast.stack;

/** Who is told, a sentence at a time, what a long start is doing. */
@FunctionalInterface
public interface Progress {
  void say(String sentence);

  /** For those who do not watch. */
  static Progress silent() {
    return sentence -> {};
  }
}
