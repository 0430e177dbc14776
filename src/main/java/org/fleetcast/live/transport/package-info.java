/**
 * How the bytes of a stream reach its reader: straight into the socket, or through the container.
 *
 * <p>{@code live} asks {@link Transports} for a {@link StreamTransport} and knows nothing else of
 * it. {@link LibertySocket} alone knows the inside of the server, by names; {@code history} uses it
 * as well.
 */
@NullMarked
package org.fleetcast.live.transport;

import org.jspecify.annotations.NullMarked;
