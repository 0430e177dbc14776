/**
 * How a metric is explained where it is shown, and which build it is that shows it.
 *
 * <p>Each is registered by the package that counts; its sentence stands there too, and is what
 * Prometheus shows as {@code HELP}.
 */
@NullMarked
package org.fleetcast.metrics;

import org.jspecify.annotations.NullMarked;
