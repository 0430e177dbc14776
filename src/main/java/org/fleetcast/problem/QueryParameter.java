package org.fleetcast.problem;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what stands in a query, which JAX-RS would refuse as an unknown address. A parameter that
 * is there and blank is as none: a form sends it for what nobody filled in.
 */
public final class QueryParameter {
  private QueryParameter() {}

  /** What was given for a parameter; null for nothing. */
  public static @Nullable String given(@Nullable String parameter) {
    return parameter == null || parameter.isBlank() ? null : parameter;
  }

  /** What was given for one that may be there several times, in order. */
  public static List<String> given(List<String> parameters) {
    return parameters.stream().filter(parameter -> !parameter.isBlank()).toList();
  }

  /**
   * The whole number that was given for it; null for nothing.
   *
   * @throws Problem 400 when it is none, naming the parameter
   */
  public static @Nullable Integer optionalInteger(String name, @Nullable String parameter) {
    String text = given(parameter);
    return text == null ? null : Integer.valueOf(integer(name, text));
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
