package org.fleetcast.identity;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A long value as several cookies, since a browser takes none above 4 KB. The first says how many
 * there are, so parts that are left of a longer value do no harm.
 */
final class CookieParts {
  static final int LONGEST = 3_500;

  private static final Pattern FIRST = Pattern.compile("([2-9])\\*(.*)");

  private CookieParts() {}

  /** The value, cut where that is needed; the first part belongs to the name itself. */
  static List<String> split(String value) {
    int count = (value.length() + LONGEST - 1) / LONGEST;
    if (count <= 1) {
      return List.of(value);
    }
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int end = Math.min(value.length(), (i + 1) * LONGEST);
      parts.add((i == 0 ? count + "*" : "") + value.substring(i * LONGEST, end));
    }
    return parts;
  }

  /** Under which name a part is kept. */
  static String name(String name, int part) {
    return part == 0 ? name : name + "." + part;
  }

  /**
   * The value again; empty when a part is missing.
   *
   * @param others the values of the browser's other cookies, null where there is none
   */
  static Optional<String> join(
      String name, String first, Function<String, @Nullable String> others) {
    Matcher several = FIRST.matcher(first);
    if (!several.matches()) {
      return Optional.of(first);
    }
    StringBuilder whole = new StringBuilder(several.group(2));
    for (int i = 1; i < Integer.parseInt(several.group(1)); i++) {
      String part = others.apply(name(name, i));
      if (part == null) {
        return Optional.empty();
      }
      whole.append(part);
    }
    return Optional.of(whole.toString());
  }
}
