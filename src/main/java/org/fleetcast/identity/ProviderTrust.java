package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;
import org.fleetcast.tls.PemFault;
import org.fleetcast.tls.TlsClient;

/** Whose certificate the OpenID provider may show us over https, and Keycloak likewise. */
@Singleton
public class ProviderTrust {
  private final TlsClient client;

  /** Reads the setting; a bad one stops the start. */
  @Inject
  public ProviderTrust(@ConfigProperty(name = "oidc.ca.file") Optional<String> ca) {
    this.client = TlsClient.trusting("OIDC_CA_FILE", ca);
    try {
      client.check();
    } catch (PemFault fault) {
      throw Setting.bad(String.valueOf(fault.getMessage()));
    }
  }

  /** What connections to it are made by. */
  public SSLContext tls() {
    return client.context();
  }
}
