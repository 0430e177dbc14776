/**
 * How bytes come and go: the MicroProfile Reactive Messaging connector {@code mqtt} on Eclipse
 * Paho.
 *
 * <p>One connection, under one fixed client id, serves every channel of the process. Messages leave
 * in batches, one at a time, so that whoever consumes a batch can commit it as a group. A
 * connection is never reused: after a loss there is a new one, so an acknowledgement cannot reach
 * the wrong connection. Paho starts its own threads; they only put into queues, and everything else
 * runs on the container's executors.
 */
@NullMarked
package org.fleetcast.mqtt;

import org.jspecify.annotations.NullMarked;
