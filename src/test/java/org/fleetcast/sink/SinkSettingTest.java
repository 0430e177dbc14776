package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.fleetcast.archive.ElasticsearchAccess;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.problem.Setting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SinkSettingTest {
  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "", "ten", "1.5", "101", "99999999999999999999"})
  void a_number_outside_its_range_is_refused_with_its_key(String value) {
    assertThatThrownBy(() -> Setting.positive("LOG_MAX_LINE_BYTES", value, 100))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("LOG_MAX_LINE_BYTES must be a whole number from 1 to 100");
  }

  @Test
  void a_number_in_its_range_is_taken() {
    assertThat(Setting.positive("K", "1", 100)).isEqualTo(1);
    assertThat(Setting.positive("K", "100", 100)).isEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:9200", "ftp://host", "http://", "http://a b", "http://a,b"})
  void an_address_that_is_none_is_refused_with_its_key(String url) {
    assertThatThrownBy(
            () ->
                new SearchIndex(
                    Optional.of(url),
                    ElasticsearchAccess.open(),
                    "x",
                    IndexNames.daily("logstash-http-")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("ELASTICSEARCH_URL");
  }
}
