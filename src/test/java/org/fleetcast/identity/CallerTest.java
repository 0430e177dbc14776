package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CallerTest {
  private static final Instant END = Instant.parse("2026-02-16T10:30:00Z");

  @Test
  void a_person_has_the_roles_of_both_claims_and_is_a_user() {
    Caller caller =
        Caller.of(
            claims()
                .claim("groups", List.of("viewer"))
                .claim("realm_access", Map.of("roles", List.of("editor", "viewer")))
                .build(),
            "raw");
    assertThat(caller.getGroups()).containsExactlyInAnyOrder("viewer", "editor");
    assertThat(caller.containerRoles()).containsExactlyInAnyOrder("viewer", "editor", "user");
  }

  @Test
  void roles_for_this_service_count_and_those_for_others_do_not() {
    JWTClaimsSet claims =
        claims()
            .claim(
                "resource_access",
                Map.of(
                    "fleet", Map.of("roles", List.of("viewer")),
                    "https://fleet.example", Map.of("roles", List.of("editor")),
                    "account", Map.of("roles", List.of("manage-account"))))
            .build();
    RoleRule rule = new RoleRule(new AudienceRule("https://fleet.example", "fleet"), null);
    assertThat(Caller.of(claims, "raw", rule).getGroups())
        .containsExactlyInAnyOrder("viewer", "editor");
  }

  @Test
  void who_lacks_the_required_role_is_not_let_in_whatever_else_he_has() {
    RoleRule rule = new RoleRule(new AudienceRule(null, "fleet"), "staff");
    JWTClaimsSet.Builder editor = claims().claim("groups", List.of("editor"));
    assertThat(Caller.of(editor.build(), "raw", rule).containerRoles()).isEmpty();
    assertThat(Caller.of(editor.build(), "raw", rule).isAdmitted()).isFalse();
    Caller staff = Caller.of(claims().claim("groups", List.of("staff")).build(), "raw", rule);
    assertThat(staff.containerRoles()).containsExactlyInAnyOrder("staff", "user");
    Caller device = Caller.of(claims().claim("azp", "iotdevice-x-1").build(), "raw", rule);
    assertThat(device.containerRoles()).containsExactly("device");
    assertThat(device.isAdmitted()).isTrue();
  }

  /** They are common names for roles of a realm. */
  @Test
  void a_role_that_is_called_user_or_device_is_told_and_gives_nothing() {
    Caller caller = Caller.of(claims().claim("groups", List.of("device", "user")).build(), "raw");
    assertThat(caller.getGroups()).containsExactlyInAnyOrder("device", "user");
    assertThat(caller.containerRoles()).containsExactly("user");
    RoleRule rule = new RoleRule(new AudienceRule(null, "fleet"), "editor");
    Caller another = Caller.of(claims().claim("groups", List.of("user")).build(), "raw", rule);
    assertThat(another.containerRoles()).isEmpty();
  }

  @Test
  void it_may_be_the_required_one() {
    for (String required : List.of("user", "device")) {
      RoleRule rule = new RoleRule(new AudienceRule(null, "fleet"), required);
      JWTClaimsSet.Builder claims = claims().claim("groups", List.of(required));
      assertThat(Caller.of(claims.build(), "raw", rule).containerRoles()).containsExactly("user");
      assertThat(Caller.of(claims().build(), "raw", rule).isAdmitted()).isFalse();
    }
  }

  @Test
  void a_device_is_a_device_and_nothing_else() {
    Caller byAzp =
        Caller.of(
            claims().claim("azp", "iotdevice-x-1").claim("groups", List.of("editor")).build(), "");
    Caller byClientId = Caller.of(claims().claim("client_id", "iotdevice-x-1").build(), "");
    assertThat(byAzp.containerRoles()).containsExactly("device");
    assertThat(byClientId.containerRoles()).containsExactly("device");
  }

  @Test
  void roles_of_another_shape_are_none() {
    Caller caller =
        Caller.of(claims().claim("groups", "editor").claim("realm_access", "editor").build(), "");
    assertThat(caller.getGroups()).isEmpty();
  }

  @Test
  void the_name_is_the_subject_and_times_are_seconds() {
    Caller caller = Caller.of(claims().claim("upn", "other").audience("fleet").build(), "raw");
    assertThat(caller.getName()).isEqualTo("ann");
    assertThat(caller.getSubject()).isEqualTo("ann");
    assertThat(caller.getExpirationTime()).isEqualTo(END.getEpochSecond());
    assertThat(caller.expiresAt()).isEqualTo(END);
    assertThat(caller.getAudience()).containsExactly("fleet");
    assertThat(caller.getRawToken()).isEqualTo("raw");
    assertThat(caller.<String>getClaim("absent")).isNull();
  }

  @Test
  void nobody_has_no_subject_and_no_groups() {
    assertThat(Caller.NOBODY.getSubject()).isNull();
    assertThat(Caller.NOBODY.getGroups()).isEmpty();
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder().subject("ann").expirationTime(Date.from(END));
  }
}
