package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.fleetcast.problem.Problem;
import org.fleetcast.stack.NvsReader;
import org.junit.jupiter.api.Test;

class NvsImageTest {
  private static final int LEAST = 12_288;

  /** What Espressif's own tool writes for a namespace "storage" with the string "hi" as "name". */
  @Test
  void a_small_partition_is_what_espressifs_own_tool_writes() {
    byte[] image = NvsImage.of(LEAST, "storage", Map.of("name", "hi"));
    String header = "feffffff00000000fe" + "ff".repeat(19) + "842dbab9";
    String states = "ea" + "ff".repeat(31);
    String namespace =
        "000101ff09a95007" + "73746f72616765" + "00".repeat(9) + "01" + "ff".repeat(7);
    String name = "012102ff44a541b4" + "6e616d65" + "00".repeat(12) + "0300ffff89b5040d";
    String hi = "686900" + "ff".repeat(29);
    assertThat(HexFormat.of().formatHex(Arrays.copyOf(image, 160)))
        .isEqualTo(header + states + namespace + name + hi);
    assertThat(HexFormat.of().formatHex(Arrays.copyOfRange(image, 160, LEAST)))
        .isEqualTo("ff".repeat(LEAST - 160));
  }

  @Test
  void strings_that_take_several_pages_are_read_again() {
    Map<String, String> strings = new LinkedHashMap<>();
    for (int i = 0; i < 8; i++) {
      strings.put("string_" + i, Character.toString('a' + i).repeat(1_500 + i));
    }
    NvsReader read = NvsReader.read(NvsImage.of(20_480, "prov", strings));
    assertThat(read.pages()).isEqualTo(4);
    assertThat(read.strings()).isEqualTo(within("prov", strings));
  }

  @Property(tries = 200, seed = "1")
  void whatever_is_written_is_read_again_or_refused(
      @ForAll @Size(max = 8) Map<@IntRange(max = 99) Integer, @IntRange(max = 4_100) Integer> sizes,
      @ForAll @IntRange(min = 3, max = 12) int pages) {
    Map<String, String> strings = new LinkedHashMap<>();
    sizes.forEach((name, size) -> strings.put("a_string_is_" + name, "\u00fc".repeat(size / 2)));
    boolean tooLong = sizes.values().stream().anyMatch(size -> size / 2 * 2 + 1 > 4_000);
    try {
      NvsReader read = NvsReader.read(NvsImage.of(pages * 4_096, "prov", strings));
      assertThat(read.strings()).isEqualTo(within("prov", strings));
      assertThat(tooLong).isFalse();
    } catch (Problem refused) {
      assertThat(tooLong || sizes.size() >= pages - 1).as(refused.sentence()).isTrue();
    }
  }

  @Property(tries = 200)
  @Tag("long")
  void whatever_is_written_is_read_again_or_refused_with_any_seed(
      @ForAll @Size(max = 8) Map<@IntRange(max = 99) Integer, @IntRange(max = 4_100) Integer> sizes,
      @ForAll @IntRange(min = 3, max = 12) int pages) {
    whatever_is_written_is_read_again_or_refused(sizes, pages);
  }

  @Test
  void one_page_stays_free() {
    Map<String, String> full = Map.of("a", "x".repeat(3_900), "b", "x".repeat(3_900));
    assertThat(NvsReader.read(NvsImage.of(LEAST, "prov", full)).pages()).isEqualTo(2);
    Map<String, String> more = new LinkedHashMap<>(full);
    more.put("c", "x".repeat(100));
    assertThatThrownBy(() -> NvsImage.of(LEAST, "prov", more))
        .hasMessage("partition_size: is too small for what the device is to be told");
    assertThat(NvsReader.read(NvsImage.of(LEAST + 4_096, "prov", more)).strings()).hasSize(3);
  }

  private static Map<String, String> within(String namespace, Map<String, String> strings) {
    Map<String, String> named = new LinkedHashMap<>();
    strings.forEach((key, text) -> named.put(namespace + "." + key, text));
    return named;
  }
}
