/**
 * How failure is told: one unchecked exception, one mapper, one body, one correlation id.
 *
 * <p>Which exception gives which status is decided by its type, never by its text. What the
 * container refuses on its own passes through the same body by way of the error page.
 */
@NullMarked
package org.fleetcast.problem;

import org.jspecify.annotations.NullMarked;
