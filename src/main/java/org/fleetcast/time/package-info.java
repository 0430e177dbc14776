/**
 * What durations are measured by.
 *
 * <p>The wall clock says which time a line or a token has; it may be set back or forward at any
 * moment. How long something lasts, and when it is due, is asked of {@link
 * org.fleetcast.time.SteadyClock}, which nobody can set.
 */
@NullMarked
package org.fleetcast.time;

import org.jspecify.annotations.NullMarked;
