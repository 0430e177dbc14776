package org.fleetcast.mqtt;

import java.util.Set;

/**
 * What outlives the process of our session at the broker, kept by whoever keeps the messages.
 *
 * <p>Both methods are called while a connection is being opened; what they throw ends it, and the
 * next one tries again.
 */
public interface SessionMemory {
  /**
   * What is known of a session that the broker has opened.
   *
   * @param subscription its number, 1 or more; another one than ever before where the session or
   *     one of its filters is new
   * @param lost whether the broker had such a session before, and has it no more
   * @param obsolete filters that were subscribed to in it and are not wanted now
   * @param earlier filters that it had before it had that number: what they take may have waited in
   *     it since then
   */
  record Opened(long subscription, boolean lost, Set<String> obsolete, Set<String> earlier) {}

  /**
   * Remembers, before anything is subscribed to, that the broker has opened a session.
   *
   * @param session the broker's address and our client id
   * @param known whether the broker knew it
   * @param filters what will be subscribed to
   */
  Opened opened(String session, boolean known, Set<String> filters);

  /** Of a session without filters that ends with its connection. */
  static SessionMemory none() {
    return new SessionMemory() {
      @Override
      public Opened opened(String session, boolean known, Set<String> filters) {
        return new Opened(1, false, Set.of(), Set.of());
      }

      @Override
      public void subscribed(Set<String> filters) {
        // There are none.
      }
    };
  }

  /** Remembers that the session now has these filters and no others. */
  void subscribed(Set<String> filters);
}
