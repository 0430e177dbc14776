package org.fleetcast.stack;

import java.net.URI;
import java.nio.file.Path;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.jspecify.annotations.Nullable;

/**
 * An MQTT broker inside this JVM, on the loopback only, for machines without another. It keeps
 * sessions and messages on disk until it is closed.
 */
public final class Artemis implements Part {
  private final int port;
  private final Path folder = Folders.temporary("artemis");
  private @Nullable EmbeddedActiveMQ broker;

  private Artemis(int port) {
    this.port = port;
    AtExit.closes(this);
  }

  /** Starts a new, empty broker on the given port. */
  public static Artemis started(int port) {
    Artemis artemis = new Artemis(port);
    artemis.start();
    return artemis;
  }

  /** Where it listens, as {@code mqtt://host:port}. */
  public URI uri() {
    return URI.create("mqtt://127.0.0.1:" + port);
  }

  /** Starts it again on what it kept. */
  public synchronized void start() {
    AtExit.refuseWhileEnding();
    EmbeddedActiveMQ started = new EmbeddedActiveMQ().setConfiguration(configuration());
    try {
      started.start();
    } catch (Exception refused) { // the broker declares nothing narrower
      throw new IllegalStateException("The broker did not start on port " + port, refused);
    }
    if (!Ports.isInUse(port)) {
      throw new IllegalStateException("The broker does not listen on port " + port);
    }
    broker = started;
  }

  /** Stops it, keeping what it has. */
  public synchronized void stop() {
    EmbeddedActiveMQ running = broker;
    broker = null;
    if (running == null) {
      return;
    }
    try {
      running.stop();
    } catch (Exception broken) {
      throw new IllegalStateException("The broker did not stop", broken);
    }
  }

  @Override
  public void close() {
    stop();
    Folders.delete(folder);
    AtExit.forgets(this);
  }

  private Configuration configuration() {
    ConfigurationImpl configuration = new ConfigurationImpl();
    configuration
        .setPersistenceEnabled(true)
        .setJournalType(JournalType.NIO)
        .setJournalDirectory(folder.resolve("journal").toString())
        .setBindingsDirectory(folder.resolve("bindings").toString())
        .setPagingDirectory(folder.resolve("paging").toString())
        .setLargeMessagesDirectory(folder.resolve("large-messages").toString())
        .setJournalFileSize(1 << 20)
        .setSecurityEnabled(false)
        .setJMXManagementEnabled(false)
        // Else the broker blocks publishers on a disk that is 90 % full.
        .setMaxDiskUsage(-1);
    try {
      configuration.addAcceptorConfiguration(
          "mqtt", "tcp://127.0.0.1:" + port + "?protocols=MQTT&mqttMaximumPacketSize=0");
    } catch (Exception malformed) {
      throw new IllegalStateException("The port " + port + " is none", malformed);
    }
    // Else a message that a crashing server took ten times is thrown away.
    configuration.addAddressSetting("#", new AddressSettings().setMaxDeliveryAttempts(-1));
    return configuration;
  }
}
