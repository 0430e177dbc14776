package org.fleetcast.identity.local;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Somebody whom the local issuer signs in. */
public record LocalUser(
    String subject, List<String> roles, @Nullable String name, @Nullable String email) {}
