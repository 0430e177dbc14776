/**
 * Who is calling: login, cookies, the verified token, the local issuer; and the client that a
 * device has at the issuer of credentials.
 *
 * <p>It is decided in one place, {@link org.fleetcast.identity.TokenMechanism}: everybody else sees
 * a {@code JsonWebToken} and roles. A token is always verified the same way, whoever issued it, so
 * another kind of login is only another {@link org.fleetcast.identity.Issuer}.
 *
 * <p>Who gives devices their credentials is decided in {@code CredentialIssuers}: Keycloak or we.
 */
@NullMarked
package org.fleetcast.identity;

import org.jspecify.annotations.NullMarked;
