package org.fleetcast.door;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.ServletContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Takes away the pages of the server's own that its features bring along and no setting switches
 * off; what is asked for there is not found then, as anywhere else. The server installs them while
 * it starts, before or after this application.
 */
@Singleton
class ServerPages {
  private static final Logger LOG = System.getLogger(ServerPages.class.getName());
  private static final String INSTALLER = "com.ibm.ws.app.manager.wab.internal.WABInstaller";
  private static final List<String> PAGES = List.of("/ibm/api", "/openapi/ui");
  private static final Duration AGAIN = Duration.ofMillis(500);
  private static final int MOST_LOOKS = 120;

  private final ManagedScheduledExecutorService scheduler;

  @Inject
  ServerPages(ManagedScheduledExecutorService scheduler) {
    this.scheduler = scheduler;
  }

  void start(@Observes @Initialized(ApplicationScoped.class) ServletContext context) {
    try {
      Object installer = new LibertyBundles(context).service(INSTALLER);
      PAGES.forEach(page -> takeAway(page, installer, 1));
    } catch (ReflectiveOperationException otherServer) {
      tell(otherServer);
    }
  }

  private void takeAway(String page, Object installer, int look) {
    try {
      if (!isTakenAway(page, installer) && look < MOST_LOOKS) {
        scheduler.schedule(
            () -> takeAway(page, installer, look + 1), AGAIN.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (ReflectiveOperationException otherServer) {
      tell(otherServer);
    }
  }

  /** False when it is not there yet. */
  private static boolean isTakenAway(String page, Object installer)
      throws ReflectiveOperationException {
    Map<?, ?> known =
        (Map<?, ?>) LibertyBundles.field(installer.getClass(), "knownPaths").get(installer);
    Object holder = known.get(page);
    if (holder == null) {
      return false;
    }
    Method all = holder.getClass().getDeclaredMethod("getWABs");
    all.setAccessible(true);
    boolean isGone = false;
    for (Object bundle : List.copyOf((Collection<?>) all.invoke(holder))) {
      Method state = bundle.getClass().getDeclaredMethod("getState");
      state.setAccessible(true);
      if (String.valueOf(state.invoke(bundle)).equals("DEPLOYED")) {
        LibertyBundles.call(bundle, "removeWAB");
        isGone = true;
      }
    }
    return isGone;
  }

  private static void tell(ReflectiveOperationException otherServer) {
    LOG.log(
        Level.WARNING,
        "The server's own pages stay " + PAGES + ": what installs them cannot be reached",
        otherServer);
  }
}
