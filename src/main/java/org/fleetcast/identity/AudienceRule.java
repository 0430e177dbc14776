package org.fleetcast.identity;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * For whom a token must be made.
 *
 * @param audience what {@code aud} must name; null: the client id decides
 * @param clientId what {@code aud} or {@code azp} must be where no audience is set
 */
public record AudienceRule(@Nullable String audience, @Nullable String clientId) {
  public static final String DEVICE_PREFIX = "iotdevice-";

  public boolean allows(List<String> aud, @Nullable String azp) {
    if (audience != null) {
      return aud.contains(audience);
    }
    return isDevice(azp) || (clientId != null && (aud.contains(clientId) || clientId.equals(azp)));
  }

  /** Whether the party that got the token is a device. */
  public static boolean isDevice(@Nullable String azp) {
    return azp != null && azp.startsWith(DEVICE_PREFIX);
  }
}
