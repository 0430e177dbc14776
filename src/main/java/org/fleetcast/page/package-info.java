/**
 * The files of the console and of the JavaScript client: which there are, and how long a browser
 * may keep them.
 *
 * <p>Packaging puts what the console loads below {@code /v/} and the hash of its content: such an
 * address never changes its content, so it is kept for good. Whatever has a lasting address is
 * asked for again, and answered with 304 while it is the same.
 */
@NullMarked
package org.fleetcast.page;

import org.jspecify.annotations.NullMarked;
