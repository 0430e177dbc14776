/**
 * What an older service left behind, taken over once: the command {@code fleetcast-migrate} reads
 * its database and writes what it can into ours. It is no part of the server. What is to be written
 * is decided first, as a pure value, so a dry run tells what a real one does.
 */
@NullMarked
package org.fleetcast.takeover;

import org.jspecify.annotations.NullMarked;
