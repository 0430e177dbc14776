/**
 * {@code mvn -Pbench}: what a delivery costs, from the MQTT message to the reader's socket, with
 * real parts on this machine and the fastest peer beside it in the same run. Prints ratios and
 * medians of several rounds, since a machine is never quite alone; asserts nothing.
 */
@NullMarked
package org.fleetcast.bench;

import org.jspecify.annotations.NullMarked;
