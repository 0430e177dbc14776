/**
 * Whose turn it is: which device gets a new secret now, which one next, and when all of them do.
 *
 * <p>At most one device is at it, so that a fleet is never locked out as a whole. The command
 * {@code rotation-job} is no part of the server: it asks the server for a cycle, as a CronJob does.
 */
@NullMarked
package org.fleetcast.rotation;

import org.jspecify.annotations.NullMarked;
