package org.fleetcast.metrics;

import org.eclipse.microprofile.metrics.Metadata;

/** A metric with the sentence that explains it. */
public final class Described {
  private Described() {}

  /**
   * What a metric is registered with. The same name always has the same sentence.
   *
   * @param name its name, with the unit; counters are shown with {@code _total}, timers with {@code
   *     _seconds} behind it
   */
  public static Metadata metric(String name, String help) {
    return Metadata.builder().withName(name).withDescription(help).build();
  }
}
