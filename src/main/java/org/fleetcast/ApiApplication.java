package org.fleetcast;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import java.util.Set;
import org.fleetcast.devices.DeviceModelsResource;
import org.fleetcast.devices.DevicesResource;
import org.fleetcast.problem.ProblemMapper;

/** Everything under {@code /api}; each resource is named here, so nothing is served by accident. */
@ApplicationPath("/api")
public class ApiApplication extends Application {
  @Override
  public Set<Class<?>> getClasses() {
    return Set.of(
        ProblemMapper.class, JsonForm.class, DeviceModelsResource.class, DevicesResource.class);
  }
}
