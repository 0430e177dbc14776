package org.fleetcast.identity;

import org.jspecify.annotations.Nullable;

/**
 * A client at the issuer of credentials.
 *
 * @param uuid the issuer's own id of it, where it has one
 * @param consoleUrl where a person looks at it, where there is such a page
 */
public record IssuerClient(String clientId, @Nullable String uuid, @Nullable String consoleUrl) {}
