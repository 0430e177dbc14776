package org.fleetcast.identity;

import java.util.Optional;
import java.util.function.Consumer;
import org.fleetcast.problem.Problem;

/** Somebody whose tokens we trust. */
public interface Issuer {
  /**
   * The caller that an access token stands for; empty when it is refused, for whatever reason.
   *
   * @throws Problem 503 when the issuer's keys cannot be had right now
   */
  default Optional<Caller> verify(String token) {
    return verify(token, reason -> {});
  }

  /**
   * The same, saying why.
   *
   * @param refused is given the reason, in which there may be what a stranger sent
   * @throws Problem 503 when the issuer's keys cannot be had right now
   */
  Optional<Caller> verify(String token, Consumer<String> refused);

  /**
   * Fresh tokens for a refresh token; empty when it is refused.
   *
   * @throws Problem 503 when the issuer does not answer right now
   */
  Optional<TokenPair> renew(String refreshToken);
}
