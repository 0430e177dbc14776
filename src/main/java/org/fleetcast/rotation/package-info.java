/**
 * Whose turn it is: the rotation of the fleet's credentials, one device at a time, its schedule,
 * its job and its nudge. What a credential may become is decided in {@code devices}; here is
 * decided when. A change is published only after its commit.
 */
@NullMarked
package org.fleetcast.rotation;

import org.jspecify.annotations.NullMarked;
