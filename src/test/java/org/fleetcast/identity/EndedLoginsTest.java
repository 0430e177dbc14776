package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.fleetcast.identity.local.LocalDatabase;
import org.fleetcast.time.ManualClock;
import org.junit.jupiter.api.Test;

/** Two replicas on one database. */
class EndedLoginsTest {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00Z");

  private final ManualClock clock = new ManualClock(NOW);
  private final List<LoggedOut> endedHere = new ArrayList<>();
  private final List<LoggedOut> endedThere = new ArrayList<>();
  private final EndedLogins here;
  private final EndedLogins there;

  EndedLoginsTest() throws SQLException {
    EndedLoginStore store = new EndedLoginStore(LocalDatabase.fresh("V4__ended_logins.sql"));
    here = new EndedLogins(store, endedHere::add, clock);
    there = new EndedLogins(store, endedThere::add, clock);
  }

  @Test
  void every_replica_refuses_the_tokens_of_a_session_that_ended() {
    Caller caller = caller("ann", "s1", NOW);
    here.end(EndedLogin.of(caller, NOW));
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
    here.end(EndedLogin.of(caller("ann", "s1", NOW), NOW));
    there.look();
    here.end(EndedLogin.of(caller("bob", "s2", NOW), NOW));
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
    here.end(EndedLogin.of(one, NOW));
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
    here.end(EndedLogin.of(caller, NOW));
    clock.passes(Duration.ofDays(1).plusSeconds(1));
    here.end(EndedLogin.of(caller("bob", "s2", NOW), NOW));
    here.look();
    assertThat(here.includes(caller)).isFalse();
  }

  @Test
  void what_no_longer_counts_is_no_news_to_anybody() {
    here.end(EndedLogin.of(caller("ann", "s1", NOW), NOW));
    there.look();
    clock.passes(Duration.ofDays(1).plusSeconds(1));
    there.look();
    there.look();
    assertThat(endedThere).hasSize(1);
  }

  @Test
  void what_comes_back_from_the_database_is_no_news() {
    here.end(EndedLogin.of(caller("ann", "s1", NOW), NOW.plusNanos(123_456_789)));
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
    here.end(EndedLogin.of(Caller.of(claims("ann", NOW).build(), "h.c.signature"), NOW));
    assertThat(here.includes(Caller.of(claims("ann", NOW).build(), "h.c.another"))).isTrue();
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
