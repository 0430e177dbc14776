package org.fleetcast.stack;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/** Closes, last first, every part that is still open when the JVM ends, on Ctrl-C too. */
final class AtExit {
  private static final Deque<Part> OPEN = new ConcurrentLinkedDeque<>();
  private static volatile boolean ending;

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(AtExit::closeAll, "stack-at-exit"));
  }

  private AtExit() {}

  static void closes(Part part) {
    OPEN.push(part);
    if (ending) {
      part.close();
      forgets(part);
      refuseWhileEnding();
    }
  }

  /** To be asked, under the lock that {@link Part#close} takes, before anything is started. */
  static void refuseWhileEnding() {
    if (ending) {
      throw new IllegalStateException("Nothing is started any more: the JVM is ending");
    }
  }

  static void forgets(Part part) {
    OPEN.remove(part);
  }

  /** Whether the JVM is on its way out, so that what fails now is no news. */
  static boolean isEnding() {
    return ending;
  }

  private static void closeAll() {
    ending = true;
    for (Part part = OPEN.poll(); part != null; part = OPEN.poll()) {
      try {
        part.close();
      } catch (RuntimeException | LinkageError failure) {
        // One that does not end in order must not keep the others running.
        failure.printStackTrace();
      }
    }
  }
}
