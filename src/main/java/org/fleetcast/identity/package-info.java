/** Who is calling, and a device's client at the credential issuer. */
@NullMarked
package org.fleetcast.identity;

import org.jspecify.annotations.NullMarked;
