/**
 * Tests that run within the container, for what only the container can tell: that it injects, calls
 * and refuses what we rely on. There are few: what can be seen from outside is tested in {@code
 * it}.
 */
@NullMarked
package org.fleetcast.container;

import org.jspecify.annotations.NullMarked;
