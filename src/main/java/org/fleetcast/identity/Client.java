package org.fleetcast.identity;

import org.jspecify.annotations.Nullable;

/** A client at the issuer of credentials. */
public record Client(String clientId, @Nullable String uuid, @Nullable String consoleUrl) {}
