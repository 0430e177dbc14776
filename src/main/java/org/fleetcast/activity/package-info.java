/**
 * What the fleet logged in the last hour, counted in memory.
 *
 * <p>The intake knows only a {@code LineListener} and {@code ClientEntities}, so that this package
 * may use {@code history} to read what an entity logged before this process first heard of it.
 */
@NullMarked
package org.fleetcast.activity;

import org.jspecify.annotations.NullMarked;
