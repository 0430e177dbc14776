package org.fleetcast.devices;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.output.MigrateResult;

/** Brings the database's schema up to date before anything else starts. */
@Singleton
class Migration {
  private static final Logger LOG = System.getLogger(Migration.class.getName());

  private final DataSource dataSource;

  @Inject
  Migration(
      DataSource dataSource,
      @ConfigProperty(name = "database.url") Optional<String> address,
      @ConfigProperty(name = "database.password") Optional<String> fromFile) {
    // The server has read the password itself (server.env); asked for, a bad file is refused here.
    LOG.log(Level.DEBUG, "A password for the database is set isSet=" + fromFile.isPresent());
    address.ifPresent(DatabaseUrl::check); // without one the server has its own
    this.dataSource = dataSource;
  }

  void atStart(@Observes @Priority(100) Startup startup) {
    try {
      MigrateResult result = migrate(dataSource);
      LOG.log(
          Level.INFO,
          "The database schema is up to date applied={0} version={1}",
          result.migrationsExecuted,
          result.targetSchemaVersion == null
              ? result.initialSchemaVersion
              : result.targetSchemaVersion);
    } catch (FlywayException failed) {
      throw Setting.bad(
          "DATABASE_URL: the database cannot be reached or its schema not migrated", failed);
    }
  }

  /** Runs what is missing of {@code db/migration}; replicas that start together wait their turn. */
  static MigrateResult migrate(DataSource dataSource) {
    Flyway flyway = schema(dataSource).load();
    refuseLater(flyway.info().applied());
    return flyway.migrate();
  }

  static FluentConfiguration schema(DataSource dataSource) {
    return Flyway.configure(Migration.class.getClassLoader())
        .dataSource(dataSource)
        .locations("classpath:db/migration") // found by its file flyway.location, see its scanner
        .callbackLocations("classpath:db/migration"); // its default is not there
  }

  /** Flyway itself would go on with a schema of which this version knows nothing. */
  private static void refuseLater(MigrationInfo[] applied) {
    for (MigrationInfo one : applied) {
      MigrationState state = one.getState();
      if (state == MigrationState.FUTURE_SUCCESS || state == MigrationState.FUTURE_FAILED) {
        throw Setting.bad(
            "DATABASE_URL: a later version of Fleetcast has migrated this database (to "
                + one.getVersion()
                + "): start that version, or restore the back-up that was made before it");
      }
    }
  }
}
