package org.fleetcast.stack;

import org.microshed.testing.ApplicationEnvironment;
import org.microshed.testing.ManuallyStartedConfiguration;

/**
 * Tells MicroShed where its tests find the application: a manual environment, except that the
 * shared stack is started when the first {@code @MicroShedTest} asks for it.
 */
public final class SharedEnvironment implements ApplicationEnvironment {
  @Override
  public void start() {
    ManuallyStartedConfiguration.setRuntimeURL(SharedStack.get().fleetcast().uri() + "/");
  }

  @Override
  public String getApplicationURL() {
    return ManuallyStartedConfiguration.getRuntimeURL();
  }

  @Override
  public int getPriority() {
    return DEFAULT_PRIORITY + 1;
  }

  @Override
  public boolean configureRestAssured() {
    return false;
  }
}
