/**
 * Reading what devices logged: pages, downloads, the lines before a live stream, dead letters.
 *
 * <p>Elasticsearch is joined with what the journal still holds, by id, so no line is missing
 * between stored and live ones. Whatever is read for a user goes through {@link Readers}, a few at
 * a time.
 */
@NullMarked
package org.fleetcast.history;

import org.jspecify.annotations.NullMarked;
