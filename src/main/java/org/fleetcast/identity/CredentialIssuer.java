package org.fleetcast.identity;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import org.fleetcast.problem.Problem;

/** Who gives devices their credentials. Every method throws a {@link Problem} if it cannot. */
public interface CredentialIssuer {
  /**
   * Creates a client with a new secret.
   *
   * @throws Problem RECORD_EXISTS when there is one of that id
   */
  IssuerClient create(String clientId);

  Optional<IssuerClient> find(String clientId);

  /**
   * The secret that the client has now.
   *
   * @throws Problem RECORD_NOT_FOUND when there is no such client
   */
  Secret secret(String clientId);

  /**
   * Gives a client a new secret; from then on the old one is refused.
   *
   * @throws Problem RECORD_NOT_FOUND when there is no such client
   */
  Secret regenerate(String clientId);

  /**
   * The secret that the client has now; from then on any other is refused.
   *
   * @throws Problem RECORD_NOT_FOUND when there is no such client
   */
  Secret onlySecret(String clientId);

  /**
   * Writes an earlier secret back; from then on it is the only good one.
   *
   * @return what the issuer's clock showed afterwards, to the second or later
   * @throws Problem RECORD_NOT_FOUND when there is no such client
   */
  Instant restore(String clientId, String secret);

  /** Removes a client; one that is not there is fine. */
  void delete(String clientId);

  /** Where a client changes its secret for a token. */
  URI tokenUrl();
}
