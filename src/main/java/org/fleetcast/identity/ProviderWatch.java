package org.fleetcast.identity;

import static org.fleetcast.metrics.Described.metric;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.problem.InternalFaults;

/**
 * Looks twice a minute whether the OpenID provider and Keycloak answer, each where it is
 * configured, and shows it as a metric. Nothing else depends on what it finds: who needs them asks
 * them.
 */
@Singleton
class ProviderWatch {
  private static final long SECONDS = 30;

  private final Issuers issuers;
  private final CredentialIssuers credentials;
  private final ManagedScheduledExecutorService scheduler;
  private final MetricRegistry metrics;
  private final InternalFaults faults;

  @Inject
  ProviderWatch(
      Issuers issuers,
      CredentialIssuers credentials,
      ManagedScheduledExecutorService scheduler,
      MetricRegistry metrics,
      InternalFaults faults) {
    this.issuers = issuers;
    this.credentials = credentials;
    this.scheduler = scheduler;
    this.metrics = metrics;
    this.faults = faults;
  }

  void start(@Observes @Priority(3000) Startup event) {
    issuers
        .openId()
        .ifPresent(
            openId ->
                watch(
                    metric(
                        "fleetcast_openid_provider_up",
                        "1 when the OpenID provider answered as itself at the last look, else 0"),
                    openId.provider()::answers));
    credentials
        .keycloak()
        .ifPresent(
            keycloak ->
                watch(
                    metric(
                        "fleetcast_keycloak_up",
                        "1 when Keycloak gave us a token at the last look, else 0"),
                    keycloak::answers));
  }

  private void watch(Metadata shown, BooleanSupplier answers) {
    Look look = new Look(answers);
    metrics.gauge(shown, look::shown);
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard("provider watch", look), 0, SECONDS, TimeUnit.SECONDS);
  }

  /** What was found last; nothing before the first answer. */
  private static final class Look implements Runnable {
    private final BooleanSupplier answers;
    private volatile double found = Double.NaN;

    private Look(BooleanSupplier answers) {
      this.answers = answers;
    }

    @Override
    public void run() {
      found = answers.getAsBoolean() ? 1 : 0;
    }

    private double shown() {
      return found;
    }
  }
}
