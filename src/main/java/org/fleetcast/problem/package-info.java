/**
 * How failure is reported: one unchecked exception, one mapper, one body, one correlation id.
 *
 * <p>The status of an exception is decided by its type, never by its text. What the container
 * refuses on its own passes through the same body by way of the error page.
 */
@NullMarked
package org.fleetcast.problem;

import org.jspecify.annotations.NullMarked;
