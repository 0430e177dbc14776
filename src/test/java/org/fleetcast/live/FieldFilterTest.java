package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.fleetcast.live.FieldFilter.Field;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldFilterTest {
  private static final Field HALL = new Field("room", "hall");
  private static final Field ATTIC = new Field("room", "attic");
  private static final Field WARM = new Field("state", "warm");

  @Test
  void of_each_field_one_value_is_enough_and_no_excluded_one_may_be_there() {
    FieldFilter filter = new FieldFilter(Set.of(HALL, ATTIC, WARM), Set.of(new Field("n", "1")));
    assertThat(filter.passes(line("room:hall", "state:warm"))).isTrue();
    assertThat(filter.passes(line("room:attic", "state:warm", "n:2"))).isTrue();
    assertThat(filter.passes(line("room:hall", "state:cold"))).isFalse();
    assertThat(filter.passes(line("state:warm"))).isFalse();
    assertThat(filter.passes(line("room:hall", "state:warm", "n:1"))).isFalse();
    assertThat(FieldFilter.NONE.passes(LineFields.NONE)).isTrue();
  }

  @Property
  void a_field_is_read_as_it_is_written(
      @ForAll @StringLength(min = 1, max = 20) String name,
      @ForAll @StringLength(max = 20) String value) {
    Field field = new Field(name, value);
    assertThat(Field.of(field.text())).isEqualTo(field);
  }

  @Test
  void the_first_colon_ends_the_name() {
    assertThat(Field.of("url:http://x")).isEqualTo(new Field("url", "http://x"));
    assertThat(Field.of("a\\:b:c")).isEqualTo(new Field("a:b", "c"));
    assertThat(Field.of("empty:")).isEqualTo(new Field("empty", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "room", ":hall", "room\\:hall", "\\"})
  void a_text_without_name_or_colon_is_no_field(String text) {
    assertThat(Field.of(text)).isNull();
    assertThat(FieldFilter.fields(List.of(text))).isNull();
  }

  @Test
  void too_many_and_too_long_ones_are_refused_and_equal_ones_are_one() {
    assertThat(FieldFilter.fields(IntStream.range(0, 17).mapToObj(n -> "n:" + n).toList()))
        .isNull();
    assertThat(FieldFilter.fields(List.of("n:" + "x".repeat(255)))).isNull();
    assertThat(FieldFilter.fields(Collections.nCopies(17, "room:hall"))).containsExactly(HALL);
  }

  private static LineFields line(String... fields) {
    return (name, value) -> List.of(fields).contains(name + ":" + value);
  }
}
