package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.fleetcast.identity.local.LocalDatabase;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.ManualClock;
import org.junit.jupiter.api.Test;

/** Streams whose tokens live for five minutes, at an issuer that rotates refresh tokens. */
class StreamLoginsTest {
  private static final Duration LIFE = Duration.ofMinutes(5);

  private final ManualClock clock = new ManualClock(Instant.parse("2026-02-16T10:30:00Z"));
  private final Renewals renewals = new Renewals(clock);
  private final Provider provider = new Provider();
  private final EndedLogins ended;
  private final StreamLogins logins;

  StreamLoginsTest() throws SQLException {
    ended =
        new EndedLogins(
            new EndedLoginStore(LocalDatabase.fresh("V4__ended_logins.sql")),
            loggedOut -> {},
            new SignOutWork(clock),
            clock);
    logins =
        new StreamLogins(
            Optional.of(provider),
            clock,
            renewals,
            ended,
            Runnable::run,
            new InternalFaults(
                where -> {
                  throw new AssertionError(where);
                },
                clock),
            clock);
  }

  @Test
  void a_stream_is_renewed_shortly_before_its_token_ends_again_and_again() {
    StreamLogin stream = opened();
    after(LIFE.minusSeconds(31));
    assertThat(provider.renewed).isZero();
    after(Duration.ofSeconds(1));
    assertThat(provider.renewed).isEqualTo(1);
    assertThat(stream.expiresAt()).isEqualTo(clock.instant().plus(LIFE));
    for (int look = 0; look < 180; look++) {
      after(Duration.ofSeconds(20));
    }
    assertThat(stream.expiresAt()).isAfter(clock.instant());
    assertThat(provider.renewed).isBetween(12, 20);
  }

  @Test
  void streams_of_one_login_are_renewed_once_for_all() {
    List<StreamLogin> tabs = List.of(opened(), opened(), opened());
    after(LIFE.minusSeconds(5));
    after(Duration.ofMillis(500));
    assertThat(provider.renewed).isEqualTo(1);
    assertThat(tabs).allMatch(tab -> tab.expiresAt().isAfter(clock.instant().plusSeconds(290)));
  }

  @Test
  void what_a_request_renewed_counts_for_the_stream() {
    StreamLogin stream = opened();
    after(LIFE.minusSeconds(40));
    renewals.renew("r0", provider);
    after(Duration.ofSeconds(20));
    assertThat(provider.renewed).isEqualTo(1);
    assertThat(stream.expiresAt()).isAfter(clock.instant().plusSeconds(270));
  }

  @Test
  void a_stream_ends_when_its_issuer_refuses_or_gives_tokens_of_somebody_else_or_without_roles() {
    for (String reason : List.of("refused", "somebody else", "a device", "no token at all")) {
      provider.reason = "";
      StreamLogin stream = logins.of(provider.caller("a0", "ann"), new ShownToken(reason, null));
      provider.reason = reason;
      after(LIFE.minusSeconds(20));
      assertThat(stream.expiresAt()).as(reason).isBeforeOrEqualTo(clock.instant());
      stream.close();
    }
    assertThat(logins.size()).isZero();
  }

  @Test
  void while_the_issuer_is_away_a_stream_goes_on_until_its_token_ends() {
    StreamLogin stream = opened();
    Instant end = stream.expiresAt();
    provider.reason = "away";
    after(LIFE.minusSeconds(20));
    after(Duration.ofSeconds(10));
    assertThat(stream.expiresAt()).isEqualTo(end);
    provider.reason = "";
    after(Duration.ofSeconds(5));
    assertThat(stream.expiresAt()).isAfter(end);
  }

  @Test
  void by_a_header_or_without_a_refresh_token_a_stream_ends_with_its_token() {
    StreamLogin stream = logins.of(provider.caller("a0", "ann"), null);
    Instant end = clock.instant().plus(LIFE);
    after(LIFE.minusSeconds(1));
    assertThat(stream.expiresAt()).isEqualTo(end);
    assertThat(provider.renewed).isZero();
    stream.close();
    assertThat(renewals.size()).isZero();
  }

  @Test
  void a_stream_knows_when_its_session_ended_also_one_that_only_the_cookie_names() {
    StreamLogin stream = logins.of(provider.caller("a0", "ann"), new ShownToken("r0", "s1"));
    StreamLogin cookies =
        logins.of(provider.caller("a0", "ann").in("s2"), new ShownToken("q0", "s2"));
    StreamLogin other = logins.of(provider.caller("a0", "ann").in("s3"), null);
    assertThat(stream.hasEnded() || cookies.hasEnded() || other.hasEnded()).isFalse();
    after(LIFE.minusSeconds(20));
    ended.end(EndedLogin.ofSession("s1", null, clock.instant()));
    assertThat(stream.hasEnded()).as("renewed meanwhile").isTrue();
    assertThat(cookies.hasEnded()).isFalse();
    ended.end(EndedLogin.ofSession("s2", null, clock.instant()));
    assertThat(cookies.hasEnded()).isTrue();
    assertThat(other.hasEnded()).isFalse();
  }

  @Test
  void who_signs_out_has_no_stream_that_is_renewed() {
    StreamLogin stream = opened();
    renewals.forget("r0");
    after(Duration.ofSeconds(1));
    assertThat(stream.expiresAt()).isBeforeOrEqualTo(clock.instant());
    after(LIFE);
    assertThat(provider.renewed).isZero();
  }

  @Test
  void what_is_remembered_goes_with_the_stream() {
    List<StreamLogin> tabs = List.of(opened(), opened());
    after(LIFE.minusSeconds(10));
    tabs.forEach(StreamLogin::close);
    tabs.forEach(StreamLogin::close);
    assertThat(logins.size()).isZero();
    clock.passes(Renewals.KEPT);
    assertThat(renewals.renew("r0", provider)).as("used up, and forgotten").isEmpty();
    assertThat(renewals.size()).isZero();
  }

  private StreamLogin opened() {
    return logins.of(provider.caller("a0", "ann"), new ShownToken("r0", null));
  }

  private void after(Duration time) {
    clock.passes(time);
    logins.look();
  }

  /** Takes a refresh token once. */
  private final class Provider implements Issuer {
    private final Map<String, Caller> given = new HashMap<>();
    String reason = "";
    int renewed;

    Caller caller(String token, String subject) {
      JWTClaimsSet.Builder claims =
          new JWTClaimsSet.Builder()
              .subject(subject)
              .jwtID(token)
              .issueTime(Date.from(clock.instant()))
              .expirationTime(Date.from(clock.instant().plus(LIFE)));
      if (reason.equals("a device")) {
        claims.claim("azp", "iotdevice-7");
      }
      return Caller.of(claims.build(), token);
    }

    @Override
    public Optional<Caller> verify(String token, Consumer<String> refused) {
      return Optional.ofNullable(given.get(token));
    }

    @Override
    public Optional<TokenPair> renew(String refreshToken) {
      if (reason.equals("away")) {
        throw Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "away");
      }
      if (reason.equals("refused") || given.containsKey("used " + refreshToken)) {
        return Optional.empty();
      }
      renewed++;
      String access = "access " + renewed;
      given.put("used " + refreshToken, Caller.NOBODY);
      if (!reason.equals("no token at all")) {
        given.put(access, caller(access, reason.equals("somebody else") ? "bob" : "ann"));
      }
      return Optional.of(
          new TokenPair(
              access, LIFE, refreshToken + "." + renewed, Duration.ofDays(1), null, null));
    }
  }
}
