package org.fleetcast.identity;

import static org.fleetcast.metrics.Described.metric;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.LogText;

/**
 * Looks twice a minute whether the OpenID provider and Keycloak answer, each where it is
 * configured, shows it as a metric and writes to the log when that changes, with the cause. Nothing
 * else depends on what it finds: who needs them asks them.
 */
@Singleton
class ProviderWatch {
  private static final Logger LOG = System.getLogger(ProviderWatch.class.getName());
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
                    () -> openId.provider().trouble().isEmpty(),
                    () -> tell(openId.provider())));
    credentials
        .keycloak()
        .ifPresent(
            keycloak ->
                watch(
                    metric(
                        "fleetcast_keycloak_up",
                        "1 when Keycloak gave us a token at the last look, else 0"),
                    keycloak::answers,
                    keycloak::tryOut));
  }

  private static void tell(OpenIdProvider provider) {
    provider
        .trouble()
        .ifPresentOrElse(
            cause ->
                LOG.log(
                    Level.WARNING,
                    "The OpenID provider does not answer as itself: nobody can sign in cause="
                        + LogText.of(cause)),
            () -> LOG.log(Level.INFO, "The OpenID provider answers again"));
  }

  private void watch(Metadata shown, BooleanSupplier answers, Runnable told) {
    Look look = new Look(answers, told);
    metrics.gauge(shown, look::shown);
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard("provider watch", look), 0, SECONDS, TimeUnit.SECONDS);
  }

  /** What was found last; nothing before the first answer, of which the start tells. */
  static final class Look implements Runnable {
    private final BooleanSupplier answers;
    private final Runnable told;
    private volatile double found = Double.NaN;

    /**
     * What is to be found.
     *
     * @param told tells of it whenever it is another than before
     */
    Look(BooleanSupplier answers, Runnable told) {
      this.answers = answers;
      this.told = told;
    }

    @Override
    public void run() {
      double before = found;
      found = answers.getAsBoolean() ? 1 : 0;
      if (!Double.isNaN(before) && found != before) {
        told.run();
      }
    }

    double shown() {
      return found;
    }
  }
}
