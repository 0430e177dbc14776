package org.fleetcast.it;

import java.time.Duration;
import java.util.function.IntFunction;

/**
 * How a {@link Crowd} behaves.
 *
 * @param host the last number of the loopback address that they come from
 * @param atOnce how many are there at a time, all of them at the beginning
 * @param perSecond how many come again in a second, for those that were sent away
 * @param total how many come in all
 * @param head what the one of that number begins with
 * @param more what each sends after that, again and again
 * @param times how often it does
 * @param pause how long it waits before each time
 * @param readPerSecond how many bytes each reads in a second
 */
record CrowdPlan(
    int host,
    int atOnce,
    int perSecond,
    int total,
    IntFunction<String> head,
    String more,
    int times,
    Duration pause,
    long readPerSecond) {

  static CrowdPlan of(int host, int atOnce, int perSecond, IntFunction<String> head) {
    return new CrowdPlan(
        host, atOnce, perSecond, Integer.MAX_VALUE, head, "", 0, Duration.ZERO, Long.MAX_VALUE);
  }

  CrowdPlan inAll(int number) {
    return new CrowdPlan(host, atOnce, perSecond, number, head, more, times, pause, readPerSecond);
  }

  CrowdPlan sending(String text, int often, Duration before) {
    return new CrowdPlan(host, atOnce, perSecond, total, head, text, often, before, readPerSecond);
  }

  CrowdPlan reading(long bytesPerSecond) {
    return new CrowdPlan(host, atOnce, perSecond, total, head, more, times, pause, bytesPerSecond);
  }
}
