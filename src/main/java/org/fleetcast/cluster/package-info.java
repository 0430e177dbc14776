/**
 * What several replicas share on the database they have: who holds the sink, and the log of batches
 * that it writes.
 *
 * <p>A lease in one row says who may write, and under which epoch; each batch is one statement that
 * asks for that epoch first, so whoever lost the lease, also one that was frozen meanwhile, writes
 * nothing. Nothing here knows what a batch holds.
 */
@NullMarked
package org.fleetcast.cluster;

import org.jspecify.annotations.NullMarked;
