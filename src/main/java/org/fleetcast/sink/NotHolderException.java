package org.fleetcast.sink;

/**
 * Another replica takes lines in now: nothing was taken here, and nothing is to be acknowledged.
 */
final class NotHolderException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotHolderException() {
    super("Another replica holds the sink");
  }

  /** It is no fault, and may be thrown for each message that waits. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
