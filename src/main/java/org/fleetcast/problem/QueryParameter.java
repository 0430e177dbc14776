package org.fleetcast.problem;

import org.jspecify.annotations.Nullable;

/** Reads what stands in a query, which JAX-RS would refuse as an unknown address. */
public final class QueryParameter {
  private QueryParameter() {}

  /** What was given for a parameter; one that is there and blank is as none. */
  public static @Nullable String given(@Nullable String parameter) {
    return parameter == null || parameter.isBlank() ? null : parameter;
  }

  /**
   * A whole number.
   *
   * @throws Problem 400 when it is none, naming the parameter
   */
  public static int integer(String name, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException malformed) {
      throw Problem.invalid(name, "must be an integer");
    }
  }
}
