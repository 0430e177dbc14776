package org.fleetcast.command;

import org.jspecify.annotations.Nullable;

/** Why a command did not do what it was asked for, as a sentence. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  Failure(Kind kind, String sentence) {
    this(kind, sentence, null);
  }

  Failure(Kind kind, String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
    this.kind = kind;
  }

  /** What a caller, be it a person or a script, can do about it. */
  enum Kind {
    /** Another request is needed: this one is refused each time. */
    REFUSED(1),
    /** The same request may succeed later. */
    AWAY(1),
    /** Signing in comes first. */
    SIGN_IN(3);

    private final int exitCode;

    Kind(int exitCode) {
      this.exitCode = exitCode;
    }
  }

  static Failure refused(String sentence) {
    return new Failure(Kind.REFUSED, sentence);
  }

  int exitCode() {
    return kind.exitCode;
  }

  boolean isPassing() {
    return kind == Kind.AWAY;
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
