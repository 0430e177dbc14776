package org.fleetcast.identity.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import java.sql.SQLException;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.fleetcast.identity.AudienceRule;
import org.fleetcast.identity.Caller;
import org.fleetcast.identity.PublicUrl;
import org.fleetcast.identity.Secret;
import org.fleetcast.identity.SecretBox;
import org.fleetcast.identity.TokenPair;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocalIssuerTest {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00Z");
  private static final Duration LIFE = Duration.ofMinutes(15);
  private static final LocalUser ANN =
      new LocalUser("ann", List.of("viewer"), "Ann", "ann@example.org");

  private final SecretBox box = new SecretBox(Optional.of("a key of enough length"));
  private IssuerStore store;

  @BeforeEach
  void database() throws SQLException {
    store = LocalDatabase.fresh();
  }

  @Test
  void whom_it_signs_in_it_knows_again() {
    Caller caller = at(NOW).verify(at(NOW).signIn(ANN).access()).orElseThrow();
    assertThat(caller.getSubject()).isEqualTo("ann");
    assertThat(caller.getGroups()).containsExactly("viewer");
    assertThat(caller.<String>getClaim("name")).isEqualTo("Ann");
    assertThat(caller.<String>getClaim("email")).isEqualTo("ann@example.org");
    assertThat(caller.expiresAt()).isEqualTo(NOW.plus(LIFE));
  }

  @Test
  void a_token_ends_exactly() {
    String token = at(NOW).signIn(ANN).access();
    assertThat(at(NOW.plus(LIFE).minusMillis(1)).verify(token)).isPresent();
    assertThat(at(NOW.plus(LIFE)).verify(token)).isEmpty();
  }

  @Test
  void a_restart_logs_nobody_out() {
    TokenPair tokens = at(NOW).signIn(ANN);
    LocalIssuer restarted = at(NOW.plusSeconds(1));
    assertThat(restarted.verify(tokens.access())).isPresent();
    assertThat(restarted.renew(tokens.refresh())).isPresent();
  }

  @Test
  void neither_token_passes_for_the_other() {
    TokenPair tokens = at(NOW).signIn(ANN);
    assertThat(at(NOW).verify(tokens.refresh())).isEmpty();
    assertThat(at(NOW).renew(tokens.access())).isEmpty();
  }

  @Test
  void renewal_keeps_the_person_and_the_end_of_the_session() {
    TokenPair first = at(NOW).signIn(ANN);
    Instant later = NOW.plus(Duration.ofDays(10));
    TokenPair renewed = at(later).renew(first.refresh()).orElseThrow();
    Caller caller = at(later).verify(renewed.access()).orElseThrow();
    assertThat(caller.getSubject()).isEqualTo("ann");
    assertThat(caller.getGroups()).containsExactly("viewer");
    assertThat(caller.<String>getClaim("name")).isEqualTo("Ann");
    assertThat(renewed.refreshLife()).isEqualTo(first.refreshLife().minusDays(10));
    assertThat(at(NOW.plus(first.refreshLife())).renew(renewed.refresh())).isEmpty();
  }

  @Test
  void a_session_that_logged_out_is_renewed_no_more_and_the_others_are() {
    TokenPair tokens = at(NOW).signIn(ANN);
    TokenPair other = at(NOW).signIn(ANN);
    TokenPair renewed = at(NOW).renew(tokens.refresh()).orElseThrow();
    at(NOW).endSession(at(NOW).holder(tokens.refresh()).orElseThrow());
    assertThat(at(NOW).renew(tokens.refresh())).isEmpty();
    assertThat(at(NOW).renew(renewed.refresh())).isEmpty();
    assertThat(at(NOW).renew(other.refresh())).isPresent();
  }

  @Test
  void an_access_token_ends_its_session_too() {
    TokenPair tokens = at(NOW).signIn(ANN);
    at(NOW).endSession(at(NOW).verify(tokens.access()).orElseThrow());
    assertThat(at(NOW).renew(tokens.refresh())).isEmpty();
  }

  @Test
  void a_devices_token_makes_a_device() {
    String token = at(NOW).clientToken("iotdevice-x-1", List.of());
    Caller caller = at(NOW).verify(token).orElseThrow();
    assertThat(caller.getSubject()).isEqualTo("iotdevice-x-1");
    assertThat(caller.<String>getClaim("azp")).isEqualTo("iotdevice-x-1");
    assertThat(caller.containerRoles()).containsExactly("device");
  }

  @Test
  void the_public_keys_verify_and_hold_nothing_private() throws JOSEException, ParseException {
    SignedJWT token = SignedJWT.parse(at(NOW).signIn(ANN).access());
    JWKSet keys = JWKSet.parse(at(NOW).publicKeys());
    assertThat(keys.containsNonPublicKeys()).isFalse();
    RSASSAVerifier verifier =
        new RSASSAVerifier(keys.getKeyByKeyId(token.getHeader().getKeyID()).toRSAKey());
    assertThat(token.verify(verifier)).isTrue();
  }

  @Test
  void another_secret_key_stops_the_start_with_a_sentence_that_names_it() {
    at(NOW).prepare();
    SecretBox wrong = new SecretBox(Optional.of("another key of enough length"));
    SigningKey key = new SigningKey(store, wrong, Clock.systemUTC());
    assertThatThrownBy(key::get).hasMessageContaining("SECRET_KEY");
  }

  @Test
  void after_a_change_of_the_secret_key_the_one_before_is_needed_for_one_start() {
    TokenPair tokens = at(NOW).signIn(ANN);
    LocalClients clients = new LocalClients(store, box, "http://localhost:9080", Clock.systemUTC());
    clients.create("iotdevice-x-1");
    String secret = clients.secret("iotdevice-x-1").value();
    Optional<String> next = Optional.of("the next key, of length too");
    Resealing first =
        new Resealing(store, new SecretBox(next, Optional.of("a key of enough length")));

    assertThat(first.resealAll()).isEqualTo(2);
    assertThat(first.resealAll()).isZero();
    SecretBox after = new SecretBox(next);
    assertThat(
            new LocalClients(store, after, "http://x", Clock.systemUTC()).secret("iotdevice-x-1"))
        .extracting(Secret::value)
        .isEqualTo(secret);
    assertThat(at(NOW, after).verify(tokens.access())).isPresent();
  }

  private LocalIssuer at(Instant now) {
    return at(now, box);
  }

  private LocalIssuer at(Instant now, SecretBox box) {
    Clock clock = Clock.fixed(now, ZoneOffset.UTC);
    return new LocalIssuer(
        new PublicUrl("http://localhost:9080"),
        new AudienceRule(null, null),
        LIFE,
        new SigningKey(store, box, clock),
        store,
        clock);
  }
}
