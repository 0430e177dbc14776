package org.fleetcast.identity.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.fail;

import java.net.URI;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.fleetcast.Stub;
import org.fleetcast.identity.IssuerClient;
import org.fleetcast.identity.SecretBox;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocalClientsTest {
  private IssuerStore store;
  private LocalClients clients;

  @BeforeEach
  void database() throws SQLException {
    store = LocalDatabase.fresh();
    SecretBox box = new SecretBox(Optional.of("a key of enough length"));
    clients = new LocalClients(store, box, "http://fleet.example/", Clock.systemUTC());
  }

  @Test
  void a_new_client_is_found_and_known_by_its_secret() {
    IssuerClient created = clients.create("iotdevice-x-1");
    assertThat(clients.find("iotdevice-x-1")).contains(created);
    assertThat(clients.knows("iotdevice-x-1", clients.secret("iotdevice-x-1").value())).isTrue();
    assertThat(clients.knows("iotdevice-x-1", "other")).isFalse();
    assertThat(clients.knows("iotdevice-x-2", "other")).isFalse();
  }

  @Test
  void no_database_is_asked_for_what_no_client_can_be_called() {
    LocalClients withoutDatabase =
        new LocalClients(
            new IssuerStore(Stub.of(DataSource.class, Map.of("getConnection", a -> fail()))),
            new SecretBox(Optional.of("a key of enough length")),
            "http://fleet.example/",
            Clock.systemUTC());
    for (String name : List.of("", "a\0b", "' or 1=1", "x".repeat(256), "\ud800")) {
      assertThat(withoutDatabase.knows(name, "secret")).isFalse();
    }
  }

  @Test
  void a_secret_is_not_stored_in_the_clear() {
    clients.create("iotdevice-x-1");
    assertThat(store.client("iotdevice-x-1").orElseThrow().sealedSecret())
        .doesNotContain(clients.secret("iotdevice-x-1").value());
  }

  @Test
  void a_client_that_is_there_is_not_made_again() {
    clients.create("iotdevice-x-1");
    String secret = clients.secret("iotdevice-x-1").value();
    assertThatThrownBy(() -> clients.create("iotdevice-x-1"))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.RECORD_EXISTS));
    assertThat(clients.secret("iotdevice-x-1").value()).isEqualTo(secret);
  }

  @Test
  void a_removed_client_is_gone_and_removing_it_again_is_fine() {
    clients.create("iotdevice-x-1");
    clients.delete("iotdevice-x-1");
    clients.delete("iotdevice-x-1");
    assertThat(clients.find("iotdevice-x-1")).isEmpty();
    assertThatThrownBy(() -> clients.secret("iotdevice-x-1"))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.RECORD_NOT_FOUND));
  }

  @Test
  void a_regenerated_secret_is_the_only_good_one_until_the_old_one_is_restored() {
    clients.create("iotdevice-x-1");
    String old = clients.secret("iotdevice-x-1").value();
    String fresh = clients.regenerate("iotdevice-x-1").value();
    assertThat(clients.secret("iotdevice-x-1").value()).isEqualTo(fresh).isNotEqualTo(old);
    assertThat(clients.knows("iotdevice-x-1", old)).isFalse();
    clients.restore("iotdevice-x-1", old);
    assertThat(clients.knows("iotdevice-x-1", old)).isTrue();
    assertThat(clients.knows("iotdevice-x-1", fresh)).isFalse();
  }

  @Test
  void a_client_that_is_not_there_gets_no_secret() {
    assertThatThrownBy(() -> clients.regenerate("iotdevice-x-1"))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.RECORD_NOT_FOUND));
  }

  @Test
  void the_token_url_is_the_one_that_devices_reach() {
    assertThat(clients.tokenUrl()).isEqualTo(URI.create("http://fleet.example/api/auth/token"));
  }
}
