package org.fleetcast.sink;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fleetcast.live.LogLevel;
import org.jspecify.annotations.Nullable;

/**
 * What a message says of itself before its text, in the forms that firmware has for it.
 *
 * @param level E, W, I, D or V; null when it does not say
 * @param tag the module it comes from; null when it does not say
 */
record FirmwarePrefix(@Nullable String level, @Nullable String tag) {
  static final FirmwarePrefix NONE = new FirmwarePrefix(null, null);

  /** No prefix is longer, and no more of a message is looked at. */
  private static final int MAX_LENGTH = 200;

  private static final String BEGINNINGS = "EWIDV[<0123456789";

  private static final String IDF_TIME = "(?<level>[EWIDV]) \\([0-9][0-9:. -]{0,30}+\\)";
  private static final String TIME = "(?:\\[[ 0-9][ 0-9:.,/TZ+-]{0,39}+\\] ?)?";
  private static final String BRACKETS = TIME + "\\[(?<level>E|W|I|C|D|VV|V)\\]";

  /** The forms; the first that fits decides. */
  private static final List<Pattern> FORMS =
      List.of(
          // ESP-IDF: I (12) wifi: up; E (20) wifi:error; I (2023-08-15 14:31:18.532) wifi: up
          Pattern.compile(IDF_TIME + " (?<tag>[^:\\s]{1,64}+(?:::[^:\\s]{1,64}+)*+):(?!//)"),
          Pattern.compile(IDF_TIME + " (?<tag>[^:\\s][^:]{0,63}+):(?:\\s|$)"),
          Pattern.compile(IDF_TIME + "(?<tag>)"), // a tag of NULL is not printed
          // ESP-IDF without a time: E wifi: error
          Pattern.compile("(?<level>[EWIDV]) (?<tag>[A-Za-z_][\\w.-]{0,63}+):(?:\\s|$)"),
          // ESPHome: [12:34:56][W][component:238]: text; Arduino: [ 4312][E][File.cpp:15] f(): text
          Pattern.compile(BRACKETS + "\\[(?<tag>[^\\]:]{1,64}+)(?::[0-9]{1,10}+)?+\\]"),
          Pattern.compile(BRACKETS + "(?<tag>)"),
          // Zephyr: [00:00:01.234,567] <err> module: text; with a function: <dbg> module.f: text
          Pattern.compile(
              TIME
                  + "<(?<level>err|wrn|inf|dbg)> (?:\\[[^\\]]{1,32}+\\] )?+"
                  + "(?:(?<tag>[^:\\s.]{1,64}+)[:.])?+"),
          // Mbed: [ERR ][main]: text
          Pattern.compile("\\[(?<level>ERR |WARN|INFO|DBG )\\]\\[(?<tag>[^\\]]{1,64}+)\\]"),
          // RT-Thread and Android: E/wifi: text; [12] E/wifi: text; E/wifi( 12): text; [E/wifi]
          // text
          Pattern.compile(
              "(?:\\[[0-9]{1,16}+\\] ?)?+(?<level>[EWIDV])/(?<tag>[^:\\s(]{1,64}+)"
                  + " ?+(?:\\([ 0-9]{1,10}+\\))?+:(?:\\s|$)"),
          Pattern.compile("\\[(?<level>[EWIDV])/(?<tag>[^\\]\\s]{1,64}+)\\]"),
          // NuttX: [    1.234567] [CPU0] [ 3] [ ERROR] name: text
          Pattern.compile(
              TIME
                  + "(?:\\[CPU[0-9]{1,3}+\\] ?)?(?:\\[ {0,4}+[0-9]{1,6}+\\] ?)?"
                  + "\\[ {0,3}+(?<level>EMERG|ALERT|CRIT|ERROR|WARN|NOTICE|INFO|DEBUG)\\] ?"
                  + "(?:(?<tag>[^:\\s\\[\\]]{1,64}+): )?+"),
          // RFC 5424, of Zephyr and NuttX: <131>1 2026-02-16T10:30:00.1Z host module - - - text
          Pattern.compile(
              "<(?<level>[0-9]{1,3}+)>1 [^ ]{1,40}+ [^ ]{1,64}+ (?:-|(?<tag>[^ ]{1,48}+)) [^ ]"),
          // RFC 3164: <11>Nov 30 12:00:00 host module[12]: text; of a kernel: <3>[   12.345678]
          // usb: text
          Pattern.compile(
              "<(?<level>[0-9]{1,3}+)>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [^ ]{1,64} "
                  + "(?:(?<tag>[^:\\s\\[]{1,48}+)(?:\\[[0-9]{1,10}+\\])?+:)?+"),
          Pattern.compile(
              "<(?<level>[0-9]{1,3}+)>\\[[ 0-9.]{1,20}+\\] ?(?:(?<tag>[^:\\s]{1,64}+): )?+"),
          // Tasmota: 12:34:56.789 WIF: text; it does not print the level
          Pattern.compile(
              "(?<level>)[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{3})?+(?:-[0-9/]{1,8}+)?+"
                  + " (?<tag>[A-Z0-9]{3}): "));

  /** What that message, without its escape sequences, says. */
  static FirmwarePrefix of(String message) {
    int start = 0;
    while (start < message.length() && start < MAX_LENGTH && message.charAt(start) <= ' ') {
      start++; // many firmwares begin a line with CR LF instead of ending it so
    }
    if (start == message.length() || BEGINNINGS.indexOf(message.charAt(start)) < 0) {
      return NONE;
    }
    String head = message.substring(start, Math.min(message.length(), start + MAX_LENGTH));
    for (Pattern form : FORMS) {
      Matcher found = form.matcher(head);
      if (found.lookingAt()) {
        return new FirmwarePrefix(letter(found.group("level")), found.group("tag")).whole();
      }
    }
    return NONE;
  }

  private static @Nullable String letter(String level) {
    boolean priority = !level.isEmpty() && Character.isDigit(level.charAt(0));
    return LogLevel.letter(
        priority
            ? Integer.toString(Integer.parseInt(level) % 8)
            : level); // facility * 8 + severity
  }

  private FirmwarePrefix whole() {
    return tag == null || !tag.isBlank() ? this : new FirmwarePrefix(level, null);
  }
}
