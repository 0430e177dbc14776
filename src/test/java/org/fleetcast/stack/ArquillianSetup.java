package org.fleetcast.stack;

import java.util.Map;
import org.jboss.arquillian.container.spi.Container;
import org.jboss.arquillian.container.spi.ContainerRegistry;
import org.jboss.arquillian.container.spi.event.container.AfterStop;
import org.jboss.arquillian.core.api.annotation.Observes;
import org.jboss.arquillian.core.spi.LoadableExtension;
import org.jspecify.annotations.Nullable;

/** Gives Arquillian a server of its own when its first test asks for one. */
public final class ArquillianSetup implements LoadableExtension {
  @Override
  public void register(ExtensionBuilder builder) {
    builder.observer(Course.class);
  }

  /** What is done before the server starts, and after it has stopped. */
  public static final class Course {
    private @Nullable ArquillianServer server;

    /** Between the reading of the configuration and the start. */
    public void prepare(@Observes ContainerRegistry registry) {
      ArquillianServer prepared = ArquillianServer.prepared();
      server = prepared;
      for (Container<?> container : registry.getContainers()) {
        Map<String, String> place =
            Map.of("usrDir", prepared.folder().toString(), "serverName", prepared.name());
        place.forEach(container.getContainerConfiguration()::overrideProperty);
      }
    }

    /** Takes everything away. */
    public void clear(@Observes AfterStop stopped) {
      if (server != null) {
        server.close();
      }
    }
  }
}
