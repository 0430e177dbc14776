package org.fleetcast.mqtt;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Whether there is a connection, and since when that is so.
 *
 * @param met whether there was one with its SUBSCRIBE granted since the start of the process:
 *     before the first, nothing that is published waits for us
 * @param since by the wall clock, for whoever reads it
 * @param changed the same moment by the steady clock
 * @param reason why there is none, as the last try had it; null when nothing is known
 */
record ConnectionStatus(
    boolean connected, boolean met, Instant since, Instant changed, @Nullable String reason) {

  /** Before the first connection. */
  static ConnectionStatus starting() {
    return new ConnectionStatus(false, false, wall(), SteadyClock.now(), null);
  }

  ConnectionStatus granted() {
    return new ConnectionStatus(true, true, wall(), SteadyClock.now(), null);
  }

  ConnectionStatus ended() {
    return new ConnectionStatus(false, met, wall(), SteadyClock.now(), null);
  }

  /** It is our turn now: another replica's connection counts as the last that we had. */
  ConnectionStatus turned() {
    return new ConnectionStatus(false, true, wall(), SteadyClock.now(), null);
  }

  /** The same, with the reason of the last failure. */
  ConnectionStatus because(String why) {
    return connected ? this : new ConnectionStatus(false, met, since, changed, why);
  }

  Duration lasted(Instant steadyNow) {
    return Duration.between(changed, steadyNow);
  }

  private static Instant wall() {
    return Clock.systemUTC().instant();
  }
}
