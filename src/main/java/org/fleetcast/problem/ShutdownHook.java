package org.fleetcast.problem;

/**
 * What is done as soon as the process is told to end, on a thread of its own beside the container.
 * An application that ends without its process takes it back, or it would run then for nobody, and
 * hold all that the application had.
 */
public final class ShutdownHook {
  private final Thread thread;

  private ShutdownHook(Thread thread) {
    this.thread = thread;
  }

  /** Has it done at the end. */
  public static ShutdownHook added(String name, Runnable work) {
    ShutdownHook made = new ShutdownHook(new Thread(work, name));
    Runtime.getRuntime().addShutdownHook(made.thread);
    return made;
  }

  /** Takes it back, unless the process ends already. */
  public void remove() {
    try {
      boolean removed = Runtime.getRuntime().removeShutdownHook(thread);
      assert removed || !thread.isAlive();
    } catch (IllegalStateException ending) {
      return; // it runs, or did
    }
  }
}
