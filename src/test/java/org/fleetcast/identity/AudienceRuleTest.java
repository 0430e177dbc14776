package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AudienceRuleTest {
  @Test
  void without_an_audience_the_client_id_decides_by_aud_or_azp() {
    AudienceRule rule = new AudienceRule(null, "fleet");
    assertThat(rule.allows(List.of("account", "fleet"), "other")).isTrue();
    assertThat(rule.allows(List.of("account"), "fleet")).isTrue();
    assertThat(rule.allows(List.of("account"), "other")).isFalse();
    assertThat(rule.allows(List.of(), null)).isFalse();
  }

  @Test
  void without_an_audience_a_device_is_let_in() {
    AudienceRule rule = new AudienceRule(null, "fleet");
    assertThat(rule.allows(List.of("account"), "iotdevice-x-abc")).isTrue();
    assertThat(rule.allows(List.of("iotdevice-x-abc"), null)).isFalse();
  }

  @Test
  void an_audience_counts_for_everybody() {
    AudienceRule rule = new AudienceRule("api", "fleet");
    assertThat(rule.allows(List.of("api"), "iotdevice-x-abc")).isTrue();
    assertThat(rule.allows(List.of("account"), "iotdevice-x-abc")).isFalse();
    assertThat(rule.allows(List.of("fleet"), "fleet")).isFalse();
  }
}
