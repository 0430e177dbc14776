package org.fleetcast.identity;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Somebody whom the local issuer signs in. */
record Person(String subject, List<String> roles, @Nullable String name, @Nullable String email) {}
