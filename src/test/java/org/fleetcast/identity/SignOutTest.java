package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.fleetcast.Stub;
import org.fleetcast.identity.local.IssuerStore;
import org.fleetcast.identity.local.LocalDatabase;
import org.fleetcast.identity.local.LocalIssuer;
import org.fleetcast.identity.local.LocalUser;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Somebody who signs out while the database or the provider is away. */
class SignOutTest {
  private final SecretBox box = new SecretBox(Optional.of("a secret key for this test"));
  private final PublicUrl site = new PublicUrl("http://localhost:9080");
  private final AtomicBoolean away = new AtomicBoolean();
  private final DataSource issuerDatabase = LocalDatabase.fresh("V2__local_issuer.sql");
  private final IssuerStore store =
      LocalDatabase.issuerStore(LocalDatabase.away(issuerDatabase, away));
  private final List<LoggedOut> closed = new ArrayList<>();
  private final List<Cookie> kept = new ArrayList<>();
  private final SignOutWork work = new SignOutWork();
  private final Renewals renewals = new Renewals();

  SignOutTest() throws SQLException {}

  @Test
  void a_login_ends_here_although_the_database_is_away_and_elsewhere_when_it_is_back()
      throws SQLException {
    OpenIdSettings settings = settings(null);
    Issuers issuers = issuers(settings, store);
    LocalIssuer local = issuers.localOrRefuse();
    TokenPair tokens = local.signIn(new LocalUser("ann", List.of("viewer"), null, null));
    Caller caller = local.verify(tokens.access()).orElseThrow();
    TokenCookies cookies = new TokenCookies("access_token", settings, box, site);
    cookies.set(browser(), tokens);
    EndedLogins ended = endedLogins(issuers);

    away.set(true);
    signOut(issuers, settings, cookies, ended).end(request(caller));
    assertThat(ended.includes(caller)).isTrue();
    assertThat(closed).contains(new LoggedOut("ann"));
    away.set(false);
    assertThat(local.renew(tokens.refresh())).as("before it is written").isEmpty();
    LocalIssuer elsewhere =
        issuers(settings, LocalDatabase.issuerStore(issuerDatabase)).localOrRefuse();
    assertThat(elsewhere.renew(tokens.refresh())).isPresent();
    work.tellDatabase();
    assertThat(elsewhere.renew(tokens.refresh())).isEmpty();
  }

  @Test
  void a_login_whose_access_token_is_over_ends_by_its_id_token_and_its_refresh_token_is_revoked()
      throws IOException, SQLException {
    try (OpenIdStage stage = new OpenIdStage()) {
      OpenIdSettings settings = settings(stage.issuer());
      Issuers issuers = issuers(settings, store);
      issuers.openId().orElseThrow().provider().known();
      TokenCookies cookies = new TokenCookies("access_token", settings, box, site);
      String idToken = stage.token(stage.claims().claim("sid", "s1"));
      cookies.set(
          browser(), new TokenPair("", Duration.ZERO, "r1", Duration.ofDays(1), idToken, "s1"));
      EndedLogins ended = endedLogins(issuers);
      stage.hangsUp(true);
      signOut(issuers, settings, cookies, ended).end(request(null));
      assertThat(closed).containsExactly(new LoggedOut("ann"));
      Caller copied = Caller.of(stage.claims().claim("sid", "s1").issueTime(null).build(), "raw");
      assertThat(ended.includes(copied)).isTrue();

      work.tellProvider();
      assertThat(stage.revoked()).isEmpty();
      stage.hangsUp(false);
      await()
          .untilAsserted(
              () -> {
                work.tellProvider();
                assertThat(stage.revoked())
                    .contains("token=r1")
                    .contains("token_type_hint=refresh_token");
              });
    }
  }

  private Issuers issuers(OpenIdSettings settings, IssuerStore issuerStore) {
    return new Issuers(
        settings, new ProviderTrust(Optional.empty()), "true", "900", site, issuerStore, box);
  }

  private static OpenIdSettings settings(@Nullable String issuer) {
    return new OpenIdSettings(
        Optional.ofNullable(issuer),
        Optional.of(OpenIdStage.CLIENT),
        Optional.of("shh"),
        Optional.empty(),
        "openid",
        Optional.empty(),
        "10");
  }

  private EndedLogins endedLogins(Issuers issuers) throws SQLException {
    DataSource database = LocalDatabase.fresh("V4__ended_logins.sql");
    return new EndedLogins(
        new EndedLoginStore(LocalDatabase.away(database, away)),
        closed::add,
        work,
        issuers.clock());
  }

  private SignOut signOut(
      Issuers issuers, OpenIdSettings settings, TokenCookies cookies, EndedLogins ended) {
    return new SignOut(issuers, settings, renewals, cookies, ended, work, site);
  }

  private HttpServletRequest request(@Nullable Caller caller) {
    return Stub.of(
        HttpServletRequest.class,
        Map.of("getCookies", a -> kept.toArray(Cookie[]::new), "getUserPrincipal", a -> caller));
  }

  private HttpServletResponse browser() {
    return Stub.of(
        HttpServletResponse.class, Map.of("addCookie", a -> kept.add((Cookie) a[0]) ? null : null));
  }
}
