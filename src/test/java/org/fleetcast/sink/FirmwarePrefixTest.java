package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirmwarePrefixTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        // ESP-IDF
        "E (20) wifi:driver error|E|wifi",
        "W (30) wifi:driver warning|W|wifi",
        "E (25) app: plain error|E|app",
        "I (12) boot: up|I|boot",
        "D (7) empty: |D|empty",
        "V (7) empty:|V|empty",
        "I (12:34:56.789) tag: x|I|tag",
        "I (2023-08-15 14:31:18.532) tag: x|I|tag",
        "I (23-08-15 14:31:18.532) tag: x|I|tag",
        "W (1692099078532) tag: x|W|tag",
        "E (5) two words: x|E|two words",
        "E (5) app::Main: x|E|app::Main",
        "E (5) http://host/path failed|E|-",
        "W (56): no tag|W|-",
        "I (56) no tag at all|I|-",
        "E TAG_IN_DRAM: DRAM log message 2|E|TAG_IN_DRAM",
        "E dram:no blank|-|-",
        "I am: not|I|am",
        // ESPHome and Arduino
        "[W][component:238]: took a long time|W|component",
        "[12:34:56][D][sensor.filter:012]: text|D|sensor.filter",
        "[12:34:56.789][E][api:1]: text|E|api",
        "[C][logger:185]: Logger:|D|logger",
        "[VV][scheduler:104]: Running|V|scheduler",
        "[I][app:029][loopTask]: text|I|app",
        "[E][wifi]: text|E|wifi",
        "[ 4312][E][File.cpp:15] f(): text|E|File.cpp",
        "[E][WiFiClient.cpp:258] connect(): text|E|WiFiClient.cpp",
        "[123456][V][esp32-hal-uart.c:330] uartBegin(): text|V|esp32-hal-uart.c",
        "[W] only a level|W|-",
        "[X][tag:1]: text|-|-",
        // Zephyr and NuttX
        "[00:00:01.234,567] <err> module: text|E|module",
        "[2026-02-16 10:30:00.123,456] <err> module: text|E|module",
        "[2026-02-16T10:30:00,123456Z] <wrn> module: text|W|module",
        "[16/02/26 10:30:00.123456] [ ERROR] nsh: text|E|nsh",
        "<err> module: text|E|module",
        "[00000123] <wrn> net_l2: text|W|net_l2",
        "[    1.234567] <inf> bt_hci_core: text|I|bt_hci_core",
        "<dbg> net_if.net_if_up: text|D|net_if",
        "<inf> [shell_uart] app: text|I|app",
        "<wrn> text without a module|W|-",
        "<131>1 2026-02-16T10:30:00.123456Z zephyr - - - - module: text|E|-",
        "<12>1 2026-02-16T10:30:00Z host net 1 - - text|W|net",
        "[    1.234567] [ ERROR] nsh: text|E|nsh",
        "[    1.230000] [CPU0] [ 3] [  WARN] app_main: text|W|app_main",
        "[ EMERG] up_assert: text|E|up_assert",
        "[NOTICE] text|I|-",
        "[DEBUG] text|D|-",
        "<11>Nov 30 12:00:00 host app[7]: text|E|app",
        "<12>Nov  3 12:00:00 host text without a module|W|-",
        "<3>[   12.345678] usb 1-1: dead|E|-",
        "<6>[   12.345678] usb: up|I|usb",
        "<b>bold</b>|-|-",
        // Mbed, RT-Thread and Android
        "[ERR ][main]: boom|E|main",
        "[WARN][net ]: slow|W|net ",
        "[DBG ][net]: x|D|net",
        "E/wifi: gone|E|wifi",
        "[12] W/main: late|W|main",
        "D/Activity( 1234): up|D|Activity",
        "[E/main] gone|E|main",
        "I/O error|-|-",
        // Tasmota says only the tag
        "12:34:56.789 WIF: Connected|-|WIF",
        "12:34:56 MQT: tele/x|-|MQT",
        "00:00:00.102-026/42 I2C: found|-|I2C",
        "12:34:56 wifi: no|-|-",
        "12:34 WIF: no|-|-",
        // other messages say nothing
        "hello|-|-",
        "''|-|-",
        "Error: x|-|-",
        "E|-|-",
        "E (|-|-",
        "E (x) tag: y|-|-",
        "i (1) a: b|-|-"
      })
  void a_message_says_its_level_and_tag_in_the_form_of_its_firmware(
      String message, String level, String tag) {
    says(message, level, tag);
  }

  @Test
  void line_breaks_before_it_do_not_matter() {
    says("\r\nE (1) x: y", "E", "x");
    says("\n\n<err> x: y", "E", "x");
    says(" \0[W][x:1]: y", "W", "x");
    says("\n".repeat(300_000) + "E (1) x: y", "-", "-");
    says("\r\n", "-", "-");
  }

  @Test
  void a_tag_without_end_is_none() {
    says("E (1) " + "x".repeat(250_000) + ": y", "E", "-");
    says("E (1) x:" + "y".repeat(250_000), "E", "x");
  }

  @Property
  void no_message_makes_it_fail_or_guess_a_letter_that_is_none(
      @ForAll
          @StringLength(max = 60)
          @Chars({'E', 'W', ' ', '(', ')', '[', ']', '<', '>', ':', '1', '.', 'r', '\n', '-', ','})
          String message) {
    FirmwarePrefix prefix = FirmwarePrefix.of(message);
    assertThat(prefix.level()).isIn(null, "E", "W", "I", "D", "V");
    assertThat(String.valueOf(prefix.tag())).isNotBlank().hasSizeLessThanOrEqualTo(200);
  }

  private static void says(String message, String level, String tag) {
    assertThat(FirmwarePrefix.of(message))
        .isEqualTo(
            new FirmwarePrefix(level.equals("-") ? null : level, tag.equals("-") ? null : tag));
  }
}
