package org.fleetcast.door;

/**
 * A body that has arrived and counts among those that are held until the request is answered, or
 * goes on without a thread.
 *
 * @param release takes it back from what is counted, once however often it is run
 */
record WholeBody(byte[] bytes, Runnable release) {}
