package org.fleetcast;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import java.util.Set;
import org.fleetcast.problem.ProblemMapper;
import org.fleetcast.rotation.InternalResource;

/** Everything under {@code /internal}, which no proxy shows to the world. */
@ApplicationPath("/internal")
public class InternalApplication extends Application {
  @Override
  public Set<Class<?>> getClasses() {
    return Set.of(ProblemMapper.class, JsonForm.class, InternalResource.class);
  }
}
