package org.fleetcast.identity;

import java.time.Instant;

/** How long a stream may go on, by the login that it was opened with. */
public interface LoginLease {
  /** When it is over unless it is renewed before, by the steady clock. */
  Instant expiresAt();

  /** Whether the login has ended: its person signed out. Cheap, and asked once a second. */
  boolean hasEnded();

  /** The stream is over, and nothing is renewed for it any more. */
  void close();
}
