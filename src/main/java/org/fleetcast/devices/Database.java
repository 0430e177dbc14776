package org.fleetcast.devices;

import jakarta.annotation.Resource;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import javax.sql.DataSource;

/** Makes the server's database injectable; the entity manager already is. */
@Singleton
@SuppressWarnings("NullAway.Init") // the container fills it before it is produced
class Database {
  @Produces
  @Resource(lookup = "jdbc/fleetcast")
  private DataSource dataSource;
}
