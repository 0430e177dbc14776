/**
 * The registry: device models, devices, and what a device is told to start with.
 *
 * <p>Owns the database's schema. A device and its client at the credential issuer come and go
 * together: the row is written first (its key is unique then), the issuer is asked inside the same
 * transaction, and what only one side did is taken back.
 */
@NullMarked
package org.fleetcast.devices;

import org.jspecify.annotations.NullMarked;
