/**
 * The registry: device models, devices, what a device is provisioned with, and whose turn it is to
 * rotate, from which a device's PENDING is derived.
 *
 * <p>Owns the database's schema. A device and its client at the credential issuer come and go
 * together: the row is written first (its key is unique then), the issuer is asked inside the same
 * transaction, and what only one side did is taken back.
 */
@NullMarked
package org.fleetcast.devices;

import org.jspecify.annotations.NullMarked;
