package org.fleetcast.mqtt;

import java.util.Map;

/** Whether this process may have the session at the broker: of several replicas one at a time. */
public interface SessionTurn {
  /** Whether there may be other replicas. */
  boolean isShared();

  /** Whether it may have it now. */
  boolean isOurs();

  /** What readiness says of whose turn it is; nothing where there are no others. */
  default Map<String, String> told() {
    return Map.of();
  }

  /** What is called at each change; it must not take long. */
  void watch(Runnable changed);

  /**
   * Lets another replica have it, at once and for good. To be called when nothing is taken in any
   * more; again is the same as once.
   */
  default void leave() {
    // There is nobody to have it.
  }

  /** Where there are no others. */
  static SessionTurn always() {
    return new SessionTurn() {
      @Override
      public boolean isShared() {
        return false;
      }

      @Override
      public boolean isOurs() {
        return true;
      }

      @Override
      public void watch(Runnable changed) {
        // It stays so.
      }
    };
  }
}
