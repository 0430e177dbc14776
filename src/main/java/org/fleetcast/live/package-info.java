/**
 * Who is listening: streams, their subscriptions, and what each of them still has to be sent.
 *
 * <p>Live is a mailbox, not a broadcast: publishing only puts an event, encoded once for everybody,
 * into the mailboxes of those who follow its entity, and never waits. A {@link
 * org.fleetcast.live.Session} outlives its {@link org.fleetcast.live.StreamConnection}, so a
 * dropped stream resumes where it was.
 */
@NullMarked
package org.fleetcast.live;

import org.jspecify.annotations.NullMarked;
