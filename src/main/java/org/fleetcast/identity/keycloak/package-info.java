/**
 * The credentials of devices as clients in a realm of Keycloak.
 *
 * <p>Reached as a {@code CredentialIssuer}, which {@code CredentialIssuers} chooses. No call takes
 * longer than its time limit, and whatever goes wrong there is one failure here, 502.
 */
@NullMarked
package org.fleetcast.identity.keycloak;

import org.jspecify.annotations.NullMarked;
