package org.fleetcast.logs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RowTest {
  @Test
  void a_line_of_the_download_escapes_line_breaks_and_nothing_else() {
    Row row = new Row(1, "id", "a\r\nb C:\\new", "W", null);
    assertThat(row.text()).isEqualTo("1970-01-01T00:00:00.000001Z W a\\r\\nb C:\\new\n");
  }
}
