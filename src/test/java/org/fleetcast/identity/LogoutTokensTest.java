package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jwt.JWTClaimsSet;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class LogoutTokensTest {
  private static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";

  @AutoClose private final OpenIdStage stage = new OpenIdStage();
  private final LogoutTokens tokens =
      new LogoutTokens(
          stage.provider(), OpenIdStage.client(), Duration.ofSeconds(10), Clock.systemUTC());

  LogoutTokensTest() throws IOException {}

  @Test
  void a_session_ends_by_its_name() {
    EndedLogin ended = tokens.read(stage.token(logout().claim("sid", "s1")));
    assertThat(ended.login()).isEqualTo("sid s1");
    assertThat(ended.subject()).isEqualTo("ann");
  }

  @Test
  void without_a_session_all_that_the_person_has_so_far_ends() {
    EndedLogin ended = tokens.read(stage.token(logout()));
    assertThat(ended.login()).isEqualTo("sub ann");
    assertThat(ended.issuedUntil()).isBeforeOrEqualTo(Instant.now());
  }

  @Test
  void a_token_that_is_forged_or_is_none_is_refused() {
    refused(stage.forged(logout().claim("sid", "s1")));
    refused(stage.token(stage.claims().claim("sid", "s1")));
    refused(stage.token(logout().claim("nonce", "an ID token with events")));
    refused(stage.token(logout().audience("another client")));
    refused(stage.token(logout().issuer("https://evil.example")));
    refused(stage.token(logout().subject(null)));
    refused(stage.token(logout().issueTime(Date.from(Instant.now().minusSeconds(140)))));
    refused(stage.token(logout().issueTime(Date.from(Instant.now().plusSeconds(30)))));
    refused("no.token.atall");
    refused("x".repeat(30_000));
  }

  private JWTClaimsSet.Builder logout() {
    return stage.claims().jwtID("j").claim("events", Map.of(EVENT, Map.of()));
  }

  private void refused(String token) {
    assertThatThrownBy(() -> tokens.read(token))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.INVALID_OPERATION));
  }
}
