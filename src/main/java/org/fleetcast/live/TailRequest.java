package org.fleetcast.live;

/** A tail that is to be read; the live lines of what it is of wait in the log meanwhile. */
public final class TailRequest {
  private final Subscription wanted;

  TailRequest(Subscription wanted) {
    this.wanted = wanted;
  }

  /** What is to be read, and for whom. */
  public Subscription wanted() {
    return wanted;
  }
}
