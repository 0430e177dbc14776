/**
 * Who is listening: streams, what each follows, and the log in memory in which each has a position.
 *
 * <p>What one message brought for one entity is an event, appended once to every {@link
 * org.fleetcast.live.Topic} that anybody follows; a topic is a scope and a choice of filters, so a
 * filter is looked at once for each message. Nothing is queued for a viewer: it takes what lies
 * after its cursors, in the order of the log, and a gap where events were let go. What lies further
 * back is read from what is stored, in one order over all that it follows, and live lines wait in
 * the log meanwhile; a tail beside live lines never moves the id on.
 *
 * <p>Locks, outermost first: a subject's sessions; the session (its subscriptions and cursors); the
 * turn of the log (one message is appended at a time, and whoever begins or ends to follow waits
 * for it); a topic (its ring). A publisher takes the last two and no session's: it marks places in
 * the log and then wakes streams, by atomic flags. No lock is held while something is read or
 * written, or while another room is called, but for members of the fleet, which are in memory.
 */
@NullMarked
package org.fleetcast.live;

import org.jspecify.annotations.NullMarked;
