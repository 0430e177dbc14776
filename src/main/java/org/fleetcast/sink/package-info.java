/**
 * What a line means: the intake, the parser, levels, times and ids, and the journal.
 *
 * <p>The journal is the hinge: a line is safe on local disk before its message is acknowledged, and
 * before anybody sees it. A line has one noun at each stage: a {@link ReceivedLine} as a device
 * sent it, a {@link JournalLine} with its time and id, a {@code LiveLine} for those who follow its
 * entity, a {@link StoredLine} as history returns it.
 */
@NullMarked
package org.fleetcast.sink;

import org.jspecify.annotations.NullMarked;
