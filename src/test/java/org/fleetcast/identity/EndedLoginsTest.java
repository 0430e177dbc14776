package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jwt.JWTClaimsSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.fleetcast.identity.local.LocalDatabase;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.ManualClock;
import org.junit.jupiter.api.Test;

/** Two replicas on one database. */
class EndedLoginsTest {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00Z");

  private final ManualClock clock = new ManualClock(NOW);
  private final SignOutWork work = new SignOutWork(clock);
  private final List<LoggedOut> endedHere = new ArrayList<>();
  private final List<LoggedOut> endedThere = new ArrayList<>();
  private final EndedLogins here;
  private final EndedLogins there;

  EndedLoginsTest() throws SQLException {
    EndedLoginStore store = new EndedLoginStore(LocalDatabase.fresh("V4__ended_logins.sql"));
    here = new EndedLogins(store, endedHere::add, work, clock);
    there = new EndedLogins(store, endedThere::add, work, clock);
  }

  @Test
  void every_replica_refuses_the_tokens_of_a_session_that_ended() {
    Caller caller = caller("ann", "s1", NOW);
    ends(EndedLogin.of(caller, NOW));
    assertThat(here.includes(caller)).isTrue();
    assertThat(there.includes(caller)).isFalse();
    there.look();
    assertThat(there.includes(caller("ann", "s1", NOW.minusSeconds(9)))).isTrue();
    assertThat(there.includes(caller("ann", "s1", NOW.plusSeconds(5)))).as("again").isFalse();
    assertThat(there.includes(caller("ann", "s2", NOW))).isFalse();
    assertThat(endedHere).containsExactly(new LoggedOut("ann"));
    assertThat(endedThere).containsExactly(new LoggedOut("ann"));
  }

  @Test
  void a_replica_looks_again_and_again_and_ends_streams_once() {
    ends(EndedLogin.of(caller("ann", "s1", NOW), NOW));
    there.look();
    ends(EndedLogin.of(caller("bob", "s2", NOW), NOW));
    there.look();
    there.look();
    here.look();
    assertThat(there.includes(caller("bob", "s2", NOW))).isTrue();
    assertThat(endedThere).containsExactly(new LoggedOut("ann"), new LoggedOut("bob"));
    assertThat(endedHere).hasSize(2);
  }

  @Test
  void of_a_person_everything_ends_that_was_issued_so_far() {
    here.end(EndedLogin.ofPerson("ann", NOW));
    assertThat(here.includes(caller("ann", "any", NOW))).isTrue();
    assertThat(here.includes(caller("ann", "new", NOW.plusSeconds(1)))).isFalse();
    here.end(EndedLogin.ofPerson("ann", NOW.plusSeconds(9)));
    there.look();
    assertThat(there.includes(caller("ann", "new", NOW.plusSeconds(1)))).isTrue();
    assertThat(endedHere).hasSize(2);
  }

  @Test
  void a_token_without_a_session_ends_alone() {
    Caller one = Caller.of(claims("ann", NOW).build(), "h.c.signature-of-one");
    ends(EndedLogin.of(one, NOW));
    assertThat(here.includes(one)).isTrue();
    assertThat(here.includes(Caller.of(claims("ann", NOW).build(), "h.d.of-another"))).isFalse();
  }

  @Test
  void a_token_that_does_not_say_when_it_was_issued_was_before() {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder(claims("ann", NOW).build()).issueTime(null).build();
    here.end(EndedLogin.ofPerson("ann", NOW));
    assertThat(here.includes(Caller.of(claims, "raw"))).isTrue();
  }

  @Test
  void what_ended_is_forgotten_when_no_token_of_it_can_be_left() {
    Caller caller = caller("ann", "s1", NOW);
    ends(EndedLogin.of(caller, NOW));
    clock.passes(Duration.ofDays(1).plusSeconds(1));
    ends(EndedLogin.of(caller("bob", "s2", NOW), NOW));
    here.look();
    assertThat(here.includes(caller)).isFalse();
  }

  @Test
  void of_tokens_that_live_for_days_it_is_remembered_as_long_as_they_do() {
    Duration life = Duration.ofDays(3);
    Instant end = NOW.plus(life);
    Caller caller =
        Caller.of(claims("ann", NOW).claim("sid", "s1").expirationTime(Date.from(end)).build(), "");
    clock.passes(Duration.ofHours(1));
    Instant now = clock.instant();
    assertThat(EndedLogin.tokensEnd(caller, now))
        .as("another may be new")
        .isEqualTo(now.plus(life));
    EndedLogin.of(caller, now).forEach(login -> here.end(login, EndedLogin.tokensEnd(caller, now)));
    clock.passes(life);
    here.look();
    there.look();
    assertThat(here.includes(caller)).isTrue();
    assertThat(there.includes(caller)).isTrue();
    clock.passes(Duration.ofMinutes(11));
    here.look();
    assertThat(here.includes(caller)).isFalse();
  }

  @Test
  void what_no_longer_counts_is_no_news_to_anybody() {
    ends(EndedLogin.of(caller("ann", "s1", NOW), NOW));
    there.look();
    clock.passes(Duration.ofDays(1).plusSeconds(1));
    there.look();
    there.look();
    assertThat(endedThere).hasSize(1);
  }

  @Test
  void what_comes_back_from_the_database_is_no_news() {
    ends(EndedLogin.of(caller("ann", "s1", NOW), NOW.plusNanos(123_456_789)));
    here.look();
    assertThat(endedHere).hasSize(1);
  }

  @Test
  void what_is_said_late_revives_no_token() {
    here.end(EndedLogin.ofPerson("ann", NOW.plusSeconds(9)));
    here.end(EndedLogin.ofPerson("ann", NOW));
    there.look();
    assertThat(here.includes(caller("ann", "any", NOW.plusSeconds(5)))).isTrue();
    assertThat(there.includes(caller("ann", "any", NOW.plusSeconds(5)))).isTrue();
  }

  @Test
  void another_signature_of_a_token_is_the_same_token() {
    ends(EndedLogin.of(Caller.of(claims("ann", NOW).build(), "h.c.signature"), NOW));
    assertThat(here.includes(Caller.of(claims("ann", NOW).build(), "h.c.another"))).isTrue();
  }

  @Test
  void a_logout_that_is_said_again_changes_nothing_for_a_later_login() {
    EndedLogin logout = EndedLogin.ofPerson("ann", NOW);
    here.end(logout);
    there.look();
    clock.passes(Duration.ofMinutes(1));
    here.end(logout);
    there.end(logout);
    here.look();
    there.look();
    assertThat(here.includes(caller("ann", "s2", NOW.plusSeconds(30)))).isFalse();
    assertThat(endedHere).hasSize(1);
    assertThat(endedThere).hasSize(1);
  }

  @Test
  void of_a_login_that_ends_again_the_later_end_is_kept() {
    here.end(EndedLogin.ofPerson("ann", NOW.plusSeconds(9)));
    clock.passes(Duration.ofHours(20));
    here.end(EndedLogin.ofPerson("ann", NOW));
    clock.passes(Duration.ofHours(5));
    here.look();
    assertThat(here.includes(caller("ann", "any", NOW))).isTrue();
  }

  @Test
  void a_session_that_only_our_cookie_knows_ends_with_it_and_the_token_alone_too() {
    Caller alone = Caller.of(claims("ann", NOW).jwtID("t1").build(), "raw");
    Caller other = Caller.of(claims("ann", NOW).jwtID("t2").build(), "raw");
    here.end(EndedLogin.ofSession("s1", null, NOW));
    assertThat(here.includes(alone)).isFalse();
    assertThat(here.includes(alone.in("s1"))).isTrue();
    ends(EndedLogin.of(alone.in("s2"), NOW));
    assertThat(here.includes(alone)).isTrue();
    assertThat(here.includes(other.in("s2"))).isTrue();
    assertThat(here.includes(other)).isFalse();
  }

  @Test
  void while_the_database_is_away_a_login_ends_here_and_it_is_written_later() throws SQLException {
    DataSource real = LocalDatabase.fresh("V4__ended_logins.sql");
    AtomicBoolean away = new AtomicBoolean(true);
    DataSource database = LocalDatabase.away(real, away);
    EndedLogins first = new EndedLogins(new EndedLoginStore(database), endedHere::add, work, clock);
    EndedLogins second = new EndedLogins(new EndedLoginStore(real), endedThere::add, work, clock);
    Caller caller = caller("ann", "s1", NOW);
    EndedLogin.of(caller, NOW).forEach(first::end);
    assertThat(first.includes(caller)).isTrue();
    assertThat(endedHere).containsExactly(new LoggedOut("ann"));
    work.tellDatabase();
    second.look();
    assertThat(second.includes(caller)).isFalse();
    away.set(false);
    work.tellDatabase();
    second.look();
    assertThat(second.includes(caller)).isTrue();
  }

  @Test
  void an_outage_is_waited_for_and_a_table_that_is_gone_is_a_fault() throws SQLException {
    DataSource without = LocalDatabase.fresh("V2__local_issuer.sql");
    AtomicBoolean away = new AtomicBoolean(true);
    EndedLogins logins =
        new EndedLogins(
            new EndedLoginStore(LocalDatabase.away(without, away)), endedHere::add, work, clock);
    logins.look();
    away.set(false);
    assertThatThrownBy(logins::look).isInstanceOf(Problem.class);
  }

  @Test
  void what_waits_for_the_database_is_bounded() {
    AtomicInteger tried = new AtomicInteger();
    for (int i = 0; i < SignOutWork.MOST + 5; i++) {
      work.toDatabase(
          () -> {
            tried.incrementAndGet();
            throw Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "away");
          });
    }
    tried.set(0);
    work.tellDatabase();
    assertThat(tried).as("the first says for all that it is away").hasValue(1);
    clock.passes(Duration.ofDays(1));
    work.tellDatabase();
    assertThat(tried).as("given up").hasValue(1);
  }

  private void ends(List<EndedLogin> logins) {
    logins.forEach(here::end);
  }

  private static Caller caller(String subject, String session, Instant issued) {
    return Caller.of(claims(subject, issued).claim("sid", session).build(), "raw");
  }

  private static JWTClaimsSet.Builder claims(String subject, Instant issued) {
    return new JWTClaimsSet.Builder()
        .subject(subject)
        .issueTime(Date.from(issued))
        .expirationTime(Date.from(issued.plusSeconds(300)));
  }
}
