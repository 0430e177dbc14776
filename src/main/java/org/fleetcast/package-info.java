/** The doors of the application: its JAX-RS application, its JSON form and its schema. */
@NullMarked
package org.fleetcast;

import org.jspecify.annotations.NullMarked;
