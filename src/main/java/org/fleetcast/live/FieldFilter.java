package org.fleetcast.live;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What fields of a line a viewer wants to see, or not to see: of each field that is named one of
 * its values, and none of those that are excluded.
 */
public record FieldFilter(Set<Field> only, Set<Field> without) {
  /** Lets everything pass. */
  public static final FieldFilter NONE = new FieldFilter(Set.of(), Set.of());

  /** As many fields of each kind. */
  public static final int MAX_FIELDS = 16;

  /** The code points of name and value. */
  public static final int MAX_LENGTH = 256;

  /** What is told to whom has others. */
  public static final String RULE =
      "must be at most %d of name:value, each at most %d characters"
          .formatted(MAX_FIELDS, MAX_LENGTH);

  public FieldFilter {
    only = Set.copyOf(only);
    without = Set.copyOf(without);
  }

  /**
   * A field and its value.
   *
   * @param name its own, or those on the way to it with dots between them
   * @param value as text: a string itself, anything else as it was sent
   */
  public record Field(String name, String value) {
    /** What {@link #text} gives; null when it is none. The first colon ends the name. */
    public static @Nullable Field of(String text) {
      StringBuilder name = new StringBuilder();
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == ':') {
          return name.isEmpty() ? null : new Field(name.toString(), text.substring(i + 1));
        }
        if (c == '\\' && i + 1 < text.length()) {
          c = text.charAt(++i); // of a name with a colon
        }
        name.append(c);
      }
      return null;
    }

    private int length() {
      return name.length() + value.length();
    }

    /** {@code name:value}, with a backslash before each colon or backslash of the name. */
    public String text() {
      return name.replace("\\", "\\\\").replace(":", "\\:") + ":" + value;
    }
  }

  /** The fields of these texts; null when there are too many, or one is none or too long. */
  public static @Nullable Set<Field> fields(Collection<String> texts) {
    List<String> given = texts.stream().distinct().toList();
    if (given.size() > MAX_FIELDS
        || given.stream()
            .anyMatch(
                text ->
                    text.codePointCount(0, text.length()) > MAX_LENGTH || Field.of(text) == null)) {
      return null;
    }
    return given.stream().map(Field::of).collect(Collectors.toUnmodifiableSet());
  }

  boolean passes(LineFields line) {
    return without.stream().noneMatch(field -> line.has(field.name, field.value))
        && only.stream().map(Field::name).distinct().allMatch(name -> hasOne(line, name));
  }

  private boolean hasOne(LineFields line, String name) {
    return only.stream().anyMatch(one -> one.name.equals(name) && line.has(name, one.value));
  }

  /** How many characters it has. */
  int length() {
    return only.stream().mapToInt(Field::length).sum()
        + without.stream().mapToInt(Field::length).sum();
  }
}
