package org.fleetcast.devices;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fleetcast.identity.Sha256;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/**
 * The header {@code If-Match} of a write (RFC 9110, 13.1.1): it is done only while what is written
 * is still what its writer has seen. It is checked within the transaction that writes, when the row
 * is locked, so of two who saw the same only one writes.
 */
final class IfMatch {
  private static final Pattern TAG = Pattern.compile("(W/)?\"([\\x21\\x23-\\x7e\\x80-\\xff]*)\"");
  private static final int TAG_BYTES = 16;

  private final boolean always;
  private final Set<String> strong;

  private IfMatch(boolean always, Set<String> strong) {
    this.always = always;
    this.strong = strong;
  }

  /**
   * Reads the lines of the header; without one every write passes.
   *
   * <p>A weak tag matches nothing, nor does what is no tag.
   */
  static IfMatch of(List<String> lines) {
    Set<String> strong = new HashSet<>();
    boolean any = lines.isEmpty();
    for (String line : lines) {
      any |= line.strip().equals("*");
      Matcher tags = TAG.matcher(line);
      while (tags.find()) {
        if (tags.group(1) == null) {
          strong.add(tags.group(2));
        }
      }
    }
    return new IfMatch(any, strong);
  }

  /** The tag of a thing, by all that is answered about it. */
  static String tag(Record details) {
    return HexFormat.of().formatHex(Sha256.of(details.toString()), 0, TAG_BYTES);
  }

  /**
   * Lets a write pass.
   *
   * @param what is written, with a capital
   * @throws Problem 412 when it is another now than its writer has seen
   */
  void check(String what, Record details) {
    if (!always && !strong.contains(tag(details))) {
      throw Problem.of(
          ProblemCode.PRECONDITION_FAILED,
          what + " has been changed since it was read: read it again before writing it");
    }
  }
}
