package org.fleetcast.identity;

import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.Nonce;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A sign-in that a browser began and the provider has not answered yet. The browser keeps it
 * itself, sealed: whoever did not begin it cannot end it, and strangers take no memory here.
 *
 * @param redirect the page of this site to go on to
 * @param until when it is too late to come back, a time of day
 */
record PendingSignIn(
    State state, Nonce nonce, CodeVerifier verifier, Instant until, String redirect) {
  /** Long enough for a person who has to look for a password. */
  static final Duration LIFE = Duration.ofMinutes(10);

  private static final String PURPOSE = "pending sign-in";
  private static final int FIELDS = 5;

  static PendingSignIn begin(String redirect, Instant now) {
    return new PendingSignIn(
        new State(), new Nonce(), new CodeVerifier(), now.plus(LIFE), redirect);
  }

  /** As the browser keeps it. */
  String seal(SecretBox box) {
    String text =
        String.join(
            "\n",
            state.getValue(),
            nonce.getValue(),
            verifier.getValue(),
            Long.toString(until.getEpochSecond()),
            redirect);
    return box.seal(text, PURPOSE);
  }

  /** What a browser kept; empty when we did not seal it, or it is too late. */
  static Optional<PendingSignIn> open(String sealed, SecretBox box, Instant now) {
    return box.open(sealed, PURPOSE)
        .flatMap(PendingSignIn::read)
        .filter(pending -> now.isBefore(pending.until));
  }

  private static Optional<PendingSignIn> read(String text) {
    String[] fields = text.split("\n", FIELDS);
    if (fields.length < FIELDS) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new PendingSignIn(
              new State(fields[0]),
              new Nonce(fields[1]),
              new CodeVerifier(fields[2]),
              Instant.ofEpochSecond(Long.parseLong(fields[3])),
              fields[4]));
    } catch (IllegalArgumentException | DateTimeException ofAnotherVersion) {
      return Optional.empty();
    }
  }
}
