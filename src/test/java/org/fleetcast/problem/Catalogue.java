package org.fleetcast.problem;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Properties;

/** All settings of the application. */
final class Catalogue {
  private Catalogue() {}

  /** Each key with its default. */
  static Properties read() throws IOException {
    Properties keys = new Properties();
    try (InputStream in =
        Catalogue.class.getResourceAsStream("/META-INF/microprofile-config.properties")) {
      keys.load(in);
    }
    return keys;
  }

  /** The environment variable of a key. */
  static String variable(String key) {
    return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }
}
