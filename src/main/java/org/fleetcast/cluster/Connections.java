package org.fleetcast.cluster;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** How connections end that may be broken already. */
final class Connections {
  private static final Logger LOG = System.getLogger(Connections.class.getName());

  private Connections() {}

  static void close(@Nullable Connection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException broken) {
        LOG.log(Level.DEBUG, "A connection was broken before it was closed", broken);
      }
    }
  }
}
