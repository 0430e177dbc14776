/**
 * The command {@code fleetcast} for people at a terminal. No part of the server: it is a process of
 * its own that knows the server by its address only.
 *
 * <p>What it was asked for goes to stdout, everything else to stderr. Nothing that a device, a
 * person or a server chose reaches the terminal with its control characters, and no token ever
 * does.
 */
@NullMarked
package org.fleetcast.command;

import org.jspecify.annotations.NullMarked;
