package org.fleetcast.canary;

import static org.fleetcast.metrics.Described.metric;

import java.time.Duration;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.eclipse.microprofile.metrics.Timer;

/** What the dashboards know of the canary's lines at one place. */
final class ArrivalMetrics implements Arrivals.Told {
  private final Timer latency;
  private final Counter lost;
  private final Counter late;
  private final Counter doubles;

  /**
   * @param where the place: {@code live} or {@code search}
   */
  ArrivalMetrics(MetricRegistry registry, String where) {
    Tag place = new Tag("where", where);
    latency =
        registry.timer(
            metric(
                "fleetcast_canary_latency",
                "Time from publishing a line of the canary until it can be read live or searched"),
            place);
    lost =
        registry.counter(
            metric(
                "fleetcast_canary_lost",
                "Lines of the canary that were not there after CANARY_PATIENCE_SECONDS"),
            place);
    late =
        registry.counter(
            metric("fleetcast_canary_late", "Lines of the canary that were lost and came later"),
            place);
    doubles =
        registry.counter(
            metric("fleetcast_canary_doubles", "Lines of the canary that came once more"), place);
  }

  @Override
  public void arrived(Duration after) {
    latency.update(after);
  }

  @Override
  public void lost() {
    lost.inc();
  }

  @Override
  public void late() {
    late.inc();
  }

  @Override
  public void doubled() {
    doubles.inc();
  }
}
