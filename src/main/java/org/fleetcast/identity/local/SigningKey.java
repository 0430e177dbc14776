package org.fleetcast.identity.local;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.text.ParseException;
import java.time.Clock;
import java.util.UUID;
import org.fleetcast.identity.SecretBox;
import org.fleetcast.problem.Setting;
import org.jspecify.annotations.Nullable;

/**
 * The key of the local issuer: made once, kept in the database in a {@link SecretBox}, so that a
 * restart logs nobody out and every replica signs alike.
 */
public final class SigningKey {
  static final String PURPOSE = "local signing key";
  private static final int BITS = 2048;

  private final IssuerStore store;
  private final SecretBox box;
  private final Clock clock;

  @GuardedBy("this")
  private @Nullable RSAKey loaded;

  public SigningKey(IssuerStore store, SecretBox box, Clock clock) {
    this.store = store;
    this.box = box;
    this.clock = clock;
  }

  /** The key with its private part. */
  synchronized RSAKey get() {
    RSAKey key = loaded;
    if (key == null) {
      key = load();
      loaded = key;
    }
    return key;
  }

  private RSAKey load() {
    if (store.signingKey().isEmpty()) {
      store.addSigningKey(box.seal(generate().toJSONString(), PURPOSE), clock.instant());
    }
    // Read back in any case: another replica may have been faster.
    String sealed = store.signingKey().orElseThrow();
    String json =
        box.open(sealed, PURPOSE)
            .orElseThrow(
                () ->
                    Setting.bad(
                        "SECRET_KEY is not the one under which the signing key in the database was"
                            + " encrypted; if it was changed, SECRET_KEY_PREVIOUS must be the one"
                            + " before"));
    try {
      return RSAKey.parse(json);
    } catch (ParseException broken) {
      throw new IllegalStateException("The signing key in the database is broken", broken);
    }
  }

  private static RSAKey generate() {
    try {
      return new RSAKeyGenerator(BITS)
          .keyID(UUID.randomUUID().toString())
          .keyUse(KeyUse.SIGNATURE)
          .algorithm(JWSAlgorithm.RS256)
          .generate();
    } catch (JOSEException everyJdkHasIt) {
      throw new IllegalStateException("This JDK makes no RSA keys", everyJdkHasIt);
    }
  }
}
