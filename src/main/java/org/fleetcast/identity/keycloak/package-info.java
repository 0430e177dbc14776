/** The credentials of devices as clients in a realm of Keycloak. */
@NullMarked
package org.fleetcast.identity.keycloak;

import org.jspecify.annotations.NullMarked;
