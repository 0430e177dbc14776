/**
 * Black-box tests: they speak HTTP, SSE and MQTT to the packaged server among real parts, as any
 * client does, and know nothing of its inside.
 */
@NullMarked
package org.fleetcast.it;

import org.jspecify.annotations.NullMarked;
