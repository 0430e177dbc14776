package org.fleetcast.live;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** What a session asks to be read, and what it would show of that. */
public final class Replays {
  private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");

  private Replays() {}

  /** Everything of these parts, from after a position on until a time. */
  public static Replay of(List<Replay.Part> parts, EventId after, long until) {
    return new Replay(parts, after, until);
  }

  /** What is left after a page. */
  public static Replay rest(Replay asked, Replay.Page page) {
    return asked.beyond(page);
  }

  public static boolean isOver(Replay asked) {
    return asked.isOver();
  }

  /** The ids of the lines of a piece, none of a gap. */
  public static List<String> ids(Piece piece) {
    if (!(piece instanceof Publication lines)) {
      return List.of();
    }
    String shown = new String(lines.frame(Format.NAMED), StandardCharsets.UTF_8);
    return ID.matcher(shown).results().map(id -> id.group(1)).toList();
  }
}
