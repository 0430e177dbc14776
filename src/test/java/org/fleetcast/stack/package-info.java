/**
 * The real parts that the tests and the demo stand on: each class starts, awaits and stops one of
 * them.
 *
 * <p>Nothing here imitates: Elasticsearch, the broker, the database and the packaged server are the
 * ones of production, as plain processes on free ports. What is still running when the JVM ends, is
 * ended then.
 */
@NullMarked
package org.fleetcast.stack;

import org.jspecify.annotations.NullMarked;
