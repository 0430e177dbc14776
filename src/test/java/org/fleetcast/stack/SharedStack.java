package org.fleetcast.stack;

/**
 * The server with everything around it, once for all black-box tests of a run: started by the first
 * that asks, ended with the JVM. Tests keep apart by the names and devices they use; one that stops
 * or breaks a part starts its own.
 */
public final class SharedStack {
  private static final String FOR_EVER = "36500";

  private final Elasticsearch elasticsearch;
  private final Mosquitto broker;
  private final Fleetcast fleetcast;

  private SharedStack() {
    elasticsearch = Elasticsearch.prepared(Progress.silent());
    broker = Mosquitto.open();
    AtExit.closes(broker::close);
    fleetcast =
        Fleetcast.prepared()
            .with("MQTT_URL", broker.url())
            .with("WIFI_SSID", "fleet")
            .with("WIFI_PASSWORD", "p\u00e4ss word")
            .with("DEAD_LETTER_RETENTION_DAYS", FOR_EVER) // those of tests may be of any day
            .startWith(elasticsearch);
  }

  /** The one of this JVM. */
  public static SharedStack get() {
    return Holder.STACK;
  }

  public Elasticsearch elasticsearch() {
    return elasticsearch;
  }

  public Mosquitto broker() {
    return broker;
  }

  public Fleetcast fleetcast() {
    return fleetcast;
  }

  private static final class Holder {
    private static final SharedStack STACK = new SharedStack();
  }
}
