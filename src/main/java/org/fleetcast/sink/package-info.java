/**
 * What a log line means and where it is kept.
 *
 * <p>The journal is the hinge: a line is safe on local disk before its message is acknowledged, and
 * before anybody sees it. The archive reads the journal into Elasticsearch at its own pace, and a
 * line leaves the journal only when a search finds it, so history joins both by id without a hole.
 */
@NullMarked
package org.fleetcast.sink;

import org.jspecify.annotations.NullMarked;
