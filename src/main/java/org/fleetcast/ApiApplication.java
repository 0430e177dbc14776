package org.fleetcast;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import java.util.Set;
import org.fleetcast.activity.ActivityResource;
import org.fleetcast.audit.AuditFilter;
import org.fleetcast.audit.AuditResource;
import org.fleetcast.devices.DeviceModelsResource;
import org.fleetcast.devices.DevicesResource;
import org.fleetcast.history.DeadLettersResource;
import org.fleetcast.history.DeviceStreamResource;
import org.fleetcast.history.FleetHistoryResource;
import org.fleetcast.history.FleetStreamResource;
import org.fleetcast.history.HistoryResource;
import org.fleetcast.history.PrintableAnswers;
import org.fleetcast.history.SubscriptionsResource;
import org.fleetcast.identity.AuthResource;
import org.fleetcast.identity.BackchannelLogoutResource;
import org.fleetcast.identity.CallbackResource;
import org.fleetcast.identity.StrangerFilter;
import org.fleetcast.identity.local.TokenResource;
import org.fleetcast.live.StreamResource;
import org.fleetcast.problem.ProblemMapper;
import org.fleetcast.rotation.DeviceRotationResource;
import org.fleetcast.rotation.IotResource;
import org.fleetcast.rotation.RotationResource;

/** Everything under {@code /api}; each resource is named here, so nothing is served by accident. */
@ApplicationPath("/api")
public class ApiApplication extends Application {
  @Override
  public Set<Class<?>> getClasses() {
    return Set.of(
        ProblemMapper.class,
        JsonForm.class,
        PrintableAnswers.class,
        AuditFilter.class,
        StrangerFilter.class,
        AuditResource.class,
        AuthResource.class,
        CallbackResource.class,
        BackchannelLogoutResource.class,
        TokenResource.class,
        DeviceModelsResource.class,
        DevicesResource.class,
        StreamResource.class,
        SubscriptionsResource.class,
        HistoryResource.class,
        FleetHistoryResource.class,
        FleetStreamResource.class,
        ActivityResource.class,
        DeviceStreamResource.class,
        DeadLettersResource.class,
        RotationResource.class,
        DeviceRotationResource.class,
        IotResource.class);
  }
}
