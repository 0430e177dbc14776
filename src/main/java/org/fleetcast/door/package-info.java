/**
 * What a request may cost before it is whole: the time and the memory of heads and bodies that
 * arrive slowly or never end; and what is not answered at all: heads that can be read in two ways,
 * pages of the server's own.
 *
 * <p>A body is waited for with a thread, and few at a time: waiting without one (a ReadListener and
 * an asynchronous dispatch) answered one request in some thousands with an empty 200. Open Liberty
 * bounds each head but not their time nor their sum, so what it has begun to read is looked at from
 * outside, by names, in two classes.
 */
@NullMarked
package org.fleetcast.door;

import org.jspecify.annotations.NullMarked;
