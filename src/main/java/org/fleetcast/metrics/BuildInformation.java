package org.fleetcast.metrics;

import static org.fleetcast.metrics.Described.metric;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

/** Which version runs, on which Java: a metric that is always 1, with both as its labels. */
@Singleton
class BuildInformation {
  private static final String FILE = "/META-INF/MANIFEST.MF";

  void show(
      @Observes @Initialized(ApplicationScoped.class) ServletContext archive,
      MetricRegistry metrics) {
    metrics.gauge(
        metric("fleetcast_build_info", "Always 1: the version that runs, and on which Java"),
        () -> 1,
        new Tag("version", version(archive)),
        new Tag("java", Runtime.version().toString()));
  }

  private static String version(ServletContext archive) {
    try (InputStream in = archive.getResourceAsStream(FILE)) {
      // A server of the tests has an archive that Maven did not make.
      Manifest build = in == null ? new Manifest() : new Manifest(in);
      String version = build.getMainAttributes().getValue(Attributes.Name.IMPLEMENTATION_VERSION);
      return version == null ? "unknown" : version;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
