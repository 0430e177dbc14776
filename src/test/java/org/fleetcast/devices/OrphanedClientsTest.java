package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Startup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fleetcast.Stub;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.ManualClock;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

class OrphanedClientsTest {
  private final List<String> counted = new ArrayList<>();
  private final List<String> deleted = new ArrayList<>();
  private final Map<String, Throwable> failures = new HashMap<>();
  private final List<Runnable> schedule = new ArrayList<>();
  private final ManualClock clock = new ManualClock();
  private final Set<String> registered = new HashSet<>();
  private boolean registryAway;
  private final OrphanedClients leftovers =
      new OrphanedClients(
          this::hasDevice,
          Stub.of(CredentialIssuer.class, Map.of("delete", a -> delete(String.valueOf(a[0])))),
          Stub.of(
              ManagedScheduledExecutorService.class,
              Map.of("scheduleWithFixedDelay", a -> schedule.add((Runnable) a[0]) ? null : null)),
          new InternalFaults(counted::add, SteadyClock.INSTANCE),
          clock);

  private boolean hasDevice(String clientId) {
    if (registryAway) {
      throw Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "injected");
    }
    return registered.contains(clientId);
  }

  private String delete(String clientId) throws Throwable {
    Throwable failure = failures.get(clientId);
    if (failure != null) {
      throw failure;
    }
    deleted.add(clientId);
    return clientId;
  }

  private void runs(int times) {
    for (int i = 0; i < times; i++) {
      schedule.forEach(Runnable::run);
    }
  }

  @Test
  void one_that_cannot_be_removed_keeps_no_other_from_it() {
    leftovers.start(new Startup());
    failures.put("poison", new StackOverflowError("injected"));
    failures.put("refused", Problem.of(ProblemCode.EXTERNAL_SERVICE_ERROR, "injected"));
    leftovers.remove("poison");
    leftovers.remove("refused");
    leftovers.remove("good");
    runs(3);
    assertThat(deleted).containsExactly("good");
    assertThat(counted).contains("leftovers");
    failures.clear();
    runs(1);
    assertThat(deleted).containsExactlyInAnyOrder("good", "poison", "refused");
  }

  @Test
  void each_is_removed_once_more_after_a_while() {
    leftovers.start(new Startup());
    leftovers.remove("client");
    runs(2);
    assertThat(deleted).containsExactly("client");
    clock.passes(Duration.ofSeconds(31));
    runs(2);
    assertThat(deleted).containsExactly("client", "client");
  }

  @Test
  void one_whose_device_was_made_after_all_keeps_its_client() {
    leftovers.start(new Startup());
    registryAway = true; // the commit's answer was lost with the connection
    leftovers.remove("made");
    leftovers.remove("unmade");
    runs(2);
    assertThat(deleted).isEmpty();
    registryAway = false;
    registered.add("made");
    runs(2);
    assertThat(deleted).containsExactly("unmade");
    clock.passes(Duration.ofSeconds(31));
    runs(2);
    assertThat(deleted).containsExactly("unmade", "unmade");
  }
}
