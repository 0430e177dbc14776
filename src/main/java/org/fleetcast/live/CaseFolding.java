package org.fleetcast.live;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The one rule by which case is disregarded: simple folding, code point by code point. Filters,
 * history and the console go by it, so that they find the same.
 */
public final class CaseFolding {
  private CaseFolding() {}

  /** What a code point counts as. */
  public static int fold(int codePoint) {
    return Character.toLowerCase(Character.toUpperCase(codePoint));
  }

  /** What a text counts as; it is as long as before. */
  public static String fold(String text) {
    char[] folded = text.toCharArray();
    for (int i = 0; i < folded.length; i++) {
      if (Character.isHighSurrogate(folded[i])
          && i + 1 < folded.length
          && Character.isLowSurrogate(folded[i + 1])) {
        Character.toChars(fold(Character.toCodePoint(folded[i], folded[i + 1])), folded, i);
        i++;
      } else {
        folded[i] = (char) fold(folded[i]);
      }
    }
    return new String(folded);
  }

  /** All code points that count as a folded one, it among them. */
  public static List<Integer> variants(int folded) {
    int[] others = Others.OF.get(folded);
    return others == null ? List.of(folded) : Arrays.stream(others).boxed().toList();
  }

  /** The folded code points that others count as too; made when it is first asked for. */
  private static final class Others {
    private static final Map<Integer, int[]> OF = all();

    private static Map<Integer, int[]> all() {
      Map<Integer, int[]> all = new HashMap<>();
      for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
        int folded = fold(c);
        if (folded != c) {
          int[] before = all.getOrDefault(folded, new int[] {folded});
          int[] after = Arrays.copyOf(before, before.length + 1);
          after[before.length] = c;
          all.put(folded, after);
        }
      }
      return all;
    }
  }
}
