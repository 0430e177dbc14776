package org.fleetcast.identity;

import com.nimbusds.jose.util.Base64URL;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jspecify.annotations.Nullable;

/**
 * A login that ended before its tokens did.
 *
 * @param login which one: {@code sid} and the issuer's session, {@code sub} and the person (all
 *     that was issued so far), or, of a login without a session, {@code jti} and the id of its one
 *     token, or {@code sha} and the hash of what is signed of it
 * @param subject whose streams end
 * @param issuedUntil tokens issued later are of another login
 */
record EndedLogin(String login, @Nullable String subject, Instant issuedUntil) {
  /** A name that does not fit is cut: no issuer's differ only there. */
  private static final int LONGEST = 255;

  /**
   * The login of a caller, by its session and, where its token does not name that, by the token
   * too; one of the same session that begins later is another.
   */
  static List<EndedLogin> of(Caller caller, Instant now) {
    Instant issued = issued(caller);
    Instant until = kept(issued.isAfter(now) ? issued : now);
    return logins(caller).map(name -> new EndedLogin(name, caller.getSubject(), until)).toList();
  }

  static EndedLogin ofSession(String session, @Nullable String subject, Instant issuedUntil) {
    return new EndedLogin(session(session), subject, kept(issuedUntil));
  }

  static EndedLogin ofPerson(String subject, Instant issuedUntil) {
    return new EndedLogin(person(subject), subject, kept(issuedUntil));
  }

  /** No finer than databases keep it, or what comes back from there would be news. */
  private static Instant kept(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS);
  }

  /** The names under which a caller's login may have ended. */
  static Stream<String> loginsOf(Caller caller) {
    return Stream.concat(logins(caller), Stream.of(person(String.valueOf(caller.getSubject()))));
  }

  private static Stream<String> logins(Caller caller) {
    String session = caller.rememberedSession();
    return session == null
        ? Stream.of(login(caller))
        : Stream.of(login(caller), session(session)).distinct();
  }

  /** When the last token is over that a caller's login can have got: one as long as his own. */
  static Instant tokensEnd(Caller caller, Instant now) {
    Instant end = caller.expiresAt();
    Instant issued = issued(caller);
    return issued.isAfter(Instant.EPOCH) && issued.isBefore(end)
        ? latest(end, now.plus(Duration.between(issued, end)))
        : end;
  }

  private static Instant latest(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /** When a token was issued by its issuer's clock; one that does not say it, long ago. */
  static Instant issued(JsonWebToken token) {
    return token.getClaim("iat") instanceof Long seconds
        ? Instant.ofEpochSecond(seconds)
        : Instant.EPOCH;
  }

  private static String login(JsonWebToken caller) {
    if (caller.getClaim("sid") instanceof String session) {
      return session(session);
    }
    String id = caller.getTokenID();
    return id == null ? "sha " + signedPart(caller.getRawToken()) : "jti " + cut(id);
  }

  /** Without the signature, of which there may be more than one that is good. */
  private static String signedPart(String token) {
    String signed = token.substring(0, Math.max(0, token.lastIndexOf('.')));
    return Base64URL.encode(Sha256.of(signed)).toString();
  }

  private static String session(String session) {
    return "sid " + cut(session);
  }

  private static String person(String subject) {
    return "sub " + cut(subject);
  }

  static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
  }
}
