package org.fleetcast.command;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.ServiceLoader;

/**
 * Logs in at the database as the server would. The driver is the server's own, which lies beside
 * the command where that was installed with it.
 */
final class DatabaseLogin {
  private static final String PART = "database";
  private static final String DRIVER = "usr/servers/fleetcast/jdbc/postgresql.jar";
  private static final String NOT_A_DATABASE = "3D000";

  private final Environment environment;

  DatabaseLogin(Environment environment) {
    this.environment = environment;
  }

  /** What comes of it at a database that takes connections. */
  Finding at(String url, Duration limit) {
    try (URLClassLoader loader = loader()) {
      Optional<Driver> driver =
          ServiceLoader.load(Driver.class, loader).stream()
              .map(ServiceLoader.Provider::get)
              .filter(each -> takes(each, url))
              .findFirst();
      return driver.isPresent()
          ? found(driver.get(), url, limit)
          : Finding.note(
              PART,
              "No login was tried: the server's driver is not beside this command",
              "Run the command that lies in the server's own folder bin.");
    } catch (IOException unreadable) {
      return Finding.note(PART, "The driver cannot be read: " + unreadable.getMessage(), "");
    }
  }

  private static boolean takes(Driver driver, String url) {
    try {
      return driver.acceptsURL(url);
    } catch (SQLException malformed) {
      return false;
    }
  }

  private static URLClassLoader loader() throws IOException {
    CodeSource here = DatabaseLogin.class.getProtectionDomain().getCodeSource();
    URL[] beside = {};
    try {
      Path driver =
          Path.of(here.getLocation().toURI()).resolve("../../../..").normalize().resolve(DRIVER);
      if (Files.isReadable(driver)) {
        beside = new URL[] {driver.toUri().toURL()};
      }
    } catch (URISyntaxException noFile) {
      throw new IOException(noFile);
    }
    return new URLClassLoader(beside, DatabaseLogin.class.getClassLoader());
  }

  private Finding found(Driver driver, String url, Duration limit) {
    String user = environment.variable("DATABASE_USERNAME").orElse("fleetcast");
    Properties login = new Properties();
    login.put("user", user);
    login.put("password", environment.secret("DATABASE_PASSWORD").orElse(""));
    login.put("connectTimeout", Long.toString(limit.toSeconds()));
    login.put("socketTimeout", Long.toString(limit.toSeconds()));
    try (Connection connection = driver.connect(url, login);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select current_setting('transaction_read_only'),"
                    + " has_schema_privilege(current_schema(), 'CREATE')")) {
      row.next();
      return found(user, row.getString(1).equals("on"), row.getBoolean(2));
    } catch (SQLException failure) {
      return refused(user, failure);
    }
  }

  private static Finding found(String user, boolean readOnly, boolean mayCreate) {
    if (readOnly) {
      return Finding.bad(
          PART,
          "It lets %s in, and takes no writes".formatted(user),
          "DATABASE_URL has to lead to the primary (targetServerType=primary).");
    }
    return mayCreate
        ? Finding.ok(PART, "It lets %s in, who may create tables".formatted(user))
        : Finding.bad(
            PART,
            "It lets %s in, who may not create tables".formatted(user),
            "The server makes its own: let that user create in its schema.");
  }

  private static Finding refused(String user, SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    if (state.startsWith("28")) {
      return Finding.bad(
          PART,
          "It refuses the login of " + user,
          "Look at DATABASE_USERNAME and DATABASE_PASSWORD, and at its pg_hba.conf.");
    }
    if (state.equals(NOT_A_DATABASE)) {
      return Finding.bad(
          PART, "It has no database of that name", "Create it, or correct DATABASE_URL.");
    }
    String sentence = String.valueOf(failure.getMessage()).replaceAll("\\s+", " ");
    return Finding.bad(PART, "It refuses us: " + sentence, "Look at DATABASE_URL.");
  }
}
