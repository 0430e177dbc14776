/**
 * How lines reach Elasticsearch: bulk writes, retries, dead letters, index templates, retention.
 *
 * <p>The archive reads the journal at its own pace, and a line leaves the journal only when a
 * search finds it. Every request to Elasticsearch, also of those who read, goes through {@link
 * SearchIndex}, which knows how to ask and not what for.
 */
@NullMarked
package org.fleetcast.archive;

import org.jspecify.annotations.NullMarked;
