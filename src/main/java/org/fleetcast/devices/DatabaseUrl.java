package org.fleetcast.devices;

import java.util.regex.Pattern;
import org.fleetcast.problem.Setting;

/** What {@code DATABASE_URL} may be: an address for one of the drivers that the server has. */
final class DatabaseUrl {
  private static final Pattern POSTGRESQL = Pattern.compile("jdbc:postgresql:(//[^/?@]+/)?[^/@]*");
  private static final Pattern H2 = Pattern.compile("jdbc:h2:.+");

  private DatabaseUrl() {}

  /** Refuses any other address, without quoting it: it may hold a password. */
  static void check(String url) {
    if (!POSTGRESQL.matcher(withoutOptions(url)).matches() && !H2.matcher(url).matches()) {
      throw Setting.bad(
          "DATABASE_URL must be a JDBC address such as jdbc:postgresql://host/database, with the"
              + " login in DATABASE_USERNAME and DATABASE_PASSWORD");
    }
  }

  private static String withoutOptions(String url) {
    int options = url.indexOf('?');
    return options < 0 ? url : url.substring(0, options);
  }
}
