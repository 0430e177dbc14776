package org.fleetcast.problem;

/** Reads what stands in a query, which JAX-RS would refuse as an unknown address. */
public final class QueryParameter {
  private QueryParameter() {}

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
