/**
 * A device that does not exist, whose numbered lines go the whole way: over the broker into the log
 * that viewers read, and into Elasticsearch until a search finds them. What is lost, comes twice or
 * late on that way is in the metrics, also while no device logs.
 *
 * <p>It uses what is there, the connection to the broker and the log in memory, and not a client of
 * its own: what it says is then true of the lines of devices too. Readiness only shows it, since to
 * take a replica away from its viewers would help no line.
 */
@NullMarked
package org.fleetcast.canary;

import org.jspecify.annotations.NullMarked;
