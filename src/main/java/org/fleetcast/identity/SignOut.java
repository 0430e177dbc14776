package org.fleetcast.identity;

import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.openid.connect.sdk.LogoutRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.text.ParseException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.fleetcast.identity.local.LocalIssuer;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Ends the login of a browser. Here first, in memory, where nothing can be away; then the database
 * and the issuer hear of it.
 */
@Singleton
class SignOut {
  private final Issuers issuers;
  private final Renewals renewals;
  private final TokenCookies cookies;
  private final EndedLogins ended;
  private final SignOutWork work;
  private final PublicUrl site;
  private final Optional<OpenIdClient> client;

  @Inject
  SignOut(
      Issuers issuers,
      OpenIdSettings settings,
      Renewals renewals,
      TokenCookies cookies,
      EndedLogins ended,
      SignOutWork work,
      PublicUrl site) {
    this.issuers = issuers;
    this.renewals = renewals;
    this.cookies = cookies;
    this.ended = ended;
    this.work = work;
    this.site = site;
    this.client = settings.client();
  }

  /**
   * Ends the session of a request and every stream of its person, whether or not there is one.
   *
   * @return who it was, where that shows
   */
  Optional<String> end(HttpServletRequest request) {
    List<ShownToken> refresh = cookies.refresh(request);
    List<String> newest = refresh.stream().map(shown -> renewals.forget(shown.value())).toList();
    Optional<Caller> caller = caller(request, newest);
    Instant now = issuers.clock().instant();
    List<EndedLogin> logins =
        caller
            .map(known -> EndedLogin.of(known, now))
            .or(() -> byIdToken(request, now))
            .orElseGet(() -> bySessions(refresh, now));
    Instant tokensEnd = caller.map(known -> EndedLogin.tokensEnd(known, now)).orElse(now);
    logins.forEach(login -> ended.end(login, tokensEnd));
    newest.forEach(this::revoke);
    issuers.local().ifPresent(local -> endLocally(local, caller, newest));
    return logins.stream().map(EndedLogin::subject).filter(Objects::nonNull).findFirst();
  }

  /** Who it is also shows where no access token is left, and none is to be had. */
  private Optional<Caller> caller(HttpServletRequest request, List<String> refresh) {
    return request.getUserPrincipal() instanceof Caller known
        ? Optional.of(known)
        : issuers.local().flatMap(local -> holders(local, refresh).findFirst());
  }

  private static Stream<Caller> holders(LocalIssuer local, List<String> refresh) {
    return refresh.stream().flatMap(token -> local.holder(token).stream());
  }

  /** We sealed it when we had verified it. */
  private Optional<List<EndedLogin>> byIdToken(HttpServletRequest request, Instant now) {
    return cookies.idToken(request).map(SignOut::parsed).map(token -> named(token, now));
  }

  private static @Nullable List<EndedLogin> named(JWT idToken, Instant now) {
    try {
      JWTClaimsSet claims = idToken.getJWTClaimsSet();
      String session = claims.getStringClaim("sid");
      String subject = claims.getSubject();
      return session == null
          ? List.of(EndedLogin.ofPerson(subject, now))
          : List.of(EndedLogin.ofSession(session, subject, now));
    } catch (ParseException spoiled) {
      return null;
    }
  }

  private static List<EndedLogin> bySessions(List<ShownToken> refresh, Instant now) {
    return refresh.stream()
        .map(ShownToken::session)
        .filter(Objects::nonNull)
        .map(session -> EndedLogin.ofSession(session, null, now))
        .toList();
  }

  private void revoke(String refreshToken) {
    issuers
        .openId()
        .flatMap(OpenIdIssuer::endpoint)
        .ifPresent(endpoint -> work.toProvider(() -> endpoint.revoke(refreshToken)));
  }

  /** Both, since somebody may show a token of one session beside the cookies of another. */
  private void endLocally(LocalIssuer local, Optional<Caller> caller, List<String> refresh) {
    Stream.concat(caller.stream(), holders(local, refresh))
        .forEach(known -> work.toDatabase(() -> local.endSession(known)));
  }

  /** Where the provider ends its own session; empty when it cannot be asked to. */
  Optional<String> atProvider(HttpServletRequest request) {
    return issuers
        .openId()
        .filter(openId -> client.isPresent())
        .flatMap(this::endSession)
        .map(endpoint -> logout(endpoint, cookies.idToken(request)));
  }

  private Optional<URI> endSession(OpenIdIssuer openId) {
    try {
      return Optional.ofNullable(openId.provider().known().metadata().endSession());
    } catch (Problem unavailable) {
      return Optional.empty(); // signed out here he is all the same
    }
  }

  private String logout(URI endpoint, Optional<String> idToken) {
    return new LogoutRequest(
            endpoint,
            idToken.map(SignOut::parsed).orElse(null),
            null,
            client.map(known -> new ClientID(known.id())).orElse(null),
            URI.create(site.base() + "/"),
            null,
            null)
        .toURI()
        .toString();
  }

  private static @Nullable JWT parsed(String idToken) {
    try {
      return JWTParser.parse(idToken);
    } catch (ParseException spoiled) {
      return null;
    }
  }
}
