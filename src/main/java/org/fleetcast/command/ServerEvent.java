package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * An event of a stream.
 *
 * @param id the position that it stands for; null when it says none
 * @param name what it is; empty for a block that only says a position
 * @param data its payload; missing for such a block
 */
record ServerEvent(@Nullable String id, String name, JsonNode data) {}
