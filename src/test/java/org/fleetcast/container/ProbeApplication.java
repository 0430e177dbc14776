package org.fleetcast.container;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import java.util.Set;
import org.fleetcast.JsonForm;
import org.fleetcast.problem.ProblemMapper;

/** The resource of the test, beside the application's own. */
@ApplicationPath("/probe")
public class ProbeApplication extends Application {
  @Override
  public Set<Class<?>> getClasses() {
    return Set.of(ProbeResource.class, JsonForm.class, ProblemMapper.class);
  }
}
