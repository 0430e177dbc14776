/**
 * Who did what: signed in and out, changed the registry, read credentials, rotated.
 *
 * <p>Told after it is done (after the commit), in the log at once and in the database within a
 * second: so no request waits for the audit or fails with it. See D-20.
 */
@NullMarked
package org.fleetcast.audit;

import org.jspecify.annotations.NullMarked;
