package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AudienceRuleTest {
  @Test
  void withoutAnAudienceTheClientIdDecidesByAudOrAzp() {
    AudienceRule rule = new AudienceRule(null, "fleet");
    assertThat(rule.allows(List.of("account", "fleet"), "other")).isTrue();
    assertThat(rule.allows(List.of("account"), "fleet")).isTrue();
    assertThat(rule.allows(List.of("account"), "other")).isFalse();
    assertThat(rule.allows(List.of(), null)).isFalse();
  }

  @Test
  void withoutAnAudienceADeviceIsLetIn() {
    AudienceRule rule = new AudienceRule(null, "fleet");
    assertThat(rule.allows(List.of("account"), "iotdevice-x-abc")).isTrue();
    assertThat(rule.allows(List.of("iotdevice-x-abc"), null)).isFalse();
  }

  @Test
  void anAudienceCountsForEverybody() {
    AudienceRule rule = new AudienceRule("api", "fleet");
    assertThat(rule.allows(List.of("api"), "iotdevice-x-abc")).isTrue();
    assertThat(rule.allows(List.of("account"), "iotdevice-x-abc")).isFalse();
    assertThat(rule.allows(List.of("fleet"), "fleet")).isFalse();
  }
}
