package org.fleetcast.live;

import org.jspecify.annotations.Nullable;

/** Whose lines are followed: those of one entity, of a model's devices, or of all devices. */
public sealed interface Scope {
  /** All devices, now and later. */
  Scope FLEET = new Fleet();

  record Entity(String id) implements Scope {}

  record Model(int id) implements Scope {}

  record Fleet() implements Scope {}

  /** The entity that a gap names; null where it is about many. */
  default @Nullable String entityId() {
    return this instanceof Entity one ? one.id() : null;
  }
}
