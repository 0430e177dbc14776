package org.fleetcast.rotation;

import org.jspecify.annotations.Nullable;

/**
 * What one run of the job did.
 *
 * @param processedTimeouts how many devices ran out of time
 * @param deviceRotated the key of the device whose turn it became
 * @param scheduledRotationTriggered whether the schedule queued the fleet
 */
public record Cycle(
    int processedTimeouts, @Nullable String deviceRotated, boolean scheduledRotationTriggered) {}
