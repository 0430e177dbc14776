/**
 * The local issuer of tokens and of devices' credentials, for the demo, the tests and fleets
 * without Keycloak.
 *
 * <p>All that it knows is in the database, with secrets encrypted, so that replicas share it and a
 * restart logs nobody out.
 */
@NullMarked
package org.fleetcast.identity.local;

import org.jspecify.annotations.NullMarked;
