package org.fleetcast.problem;

/** Names a thread after what it does while it does it, for whoever reads a thread dump. */
public final class ThreadName {
  /** What all names of ours begin with. */
  private static final String PREFIX = "fleetcast-";

  private ThreadName() {}

  /** A task during which its thread, which may be a pool's, is named {@code fleetcast-<name>}. */
  public static Runnable during(String name, Runnable task) {
    return () -> {
      Thread thread = Thread.currentThread();
      String before = thread.getName();
      thread.setName(PREFIX + name);
      try {
        task.run();
      } finally {
        thread.setName(before);
      }
    };
  }
}
