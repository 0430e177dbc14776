package org.fleetcast.identity.local;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import org.fleetcast.identity.SecretBox;
import org.fleetcast.identity.local.IssuerStore.StoredClient;

/**
 * After a change of {@code secret.key}: what the local issuer keeps is sealed under the new one at
 * the start, so that the one before is not needed any more.
 */
@Singleton
class Resealing {
  private static final Logger LOG = System.getLogger(Resealing.class.getName());

  private final IssuerStore store;
  private final SecretBox box;

  @Inject
  Resealing(IssuerStore store, SecretBox box) {
    this.store = store;
    this.box = box;
  }

  /** Before anybody uses them, and after the schema is there. */
  void atStart(@Observes @Priority(900) Startup event) {
    if (box.isChanging()) {
      int count = resealAll();
      LOG.log(
          Level.INFO, "What was sealed under SECRET_KEY_PREVIOUS is sealed anew count=" + count);
    }
  }

  /** How many there were. */
  int resealAll() {
    int count = resealSigningKey();
    for (StoredClient client : store.clients()) {
      String sealed = client.sealedSecret();
      Optional<String> anew = box.resealed(sealed, LocalClients.purpose(client.clientId()));
      anew.ifPresent(text -> store.resealSecret(client.clientId(), sealed, text));
      count += anew.isPresent() ? 1 : 0;
    }
    return count;
  }

  private int resealSigningKey() {
    Optional<String> sealed = store.signingKey();
    Optional<String> anew = sealed.flatMap(text -> box.resealed(text, SigningKey.PURPOSE));
    anew.ifPresent(text -> store.resealSigningKey(sealed.orElseThrow(), text));
    return anew.isPresent() ? 1 : 0;
  }
}
