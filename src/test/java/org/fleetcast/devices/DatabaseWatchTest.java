package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.websphere.ce.cm.ConnectionWaitTimeoutException;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Startup;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.problem.DatabaseOutage;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.ManualClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DatabaseWatchTest {
  private final ManualClock clock = new ManualClock();
  private final List<Runnable> schedule = new ArrayList<>();
  private final DatabaseOutage outage = new DatabaseOutage();
  private @Nullable SQLException failure;

  private final DatabaseWatch watch =
      new DatabaseWatch(
          Stub.of(DataSource.class, Map.of("getConnection", a -> connection())),
          Stub.of(
              ManagedScheduledExecutorService.class,
              Map.of("scheduleWithFixedDelay", a -> schedule.add((Runnable) a[0]) ? null : null)),
          outage,
          new InternalFaults(where -> {}, clock),
          clock);

  private Connection connection() throws SQLException {
    if (failure != null) {
      throw failure;
    }
    return Stub.of(Connection.class);
  }

  private void seconds(int count) {
    for (int second = 0; second < count; second++) {
      clock.passes(Duration.ofSeconds(1));
      schedule.forEach(Runnable::run);
    }
  }

  @Test
  void a_database_that_answers_is_up_from_the_start() {
    assertThat(watch.answers()).isFalse();
    watch.atStart(new Startup(), Stub.of(MetricRegistry.class));
    assertThat(watch.answers()).isTrue();
    seconds(100);
    assertThat(watch.answers()).isTrue();
  }

  @Test
  void one_that_is_silent_is_down_after_a_few_seconds_and_up_with_its_next_answer() {
    watch.atStart(new Startup(), Stub.of(MetricRegistry.class));
    clock.passes(Duration.ofSeconds(4)); // the look hangs
    assertThat(watch.answers()).isTrue();
    clock.passes(Duration.ofSeconds(1));
    assertThat(watch.answers()).isFalse();
    seconds(1);
    assertThat(watch.answers()).isTrue();
  }

  @Test
  void one_that_takes_no_writes_answers_all_the_same() {
    failure = new SQLException("injected", "25006");
    watch.atStart(new Startup(), Stub.of(MetricRegistry.class));
    seconds(10);
    assertThat(outage.isReadOnly()).isTrue();
    assertThat(watch.answers()).isTrue();
  }

  @Test
  void a_pool_that_is_busy_is_no_outage_and_one_that_is_away_is() {
    watch.atStart(new Startup(), Stub.of(MetricRegistry.class));
    failure = new ConnectionWaitTimeoutException("injected", "08001");
    seconds(1);
    assertThat(outage.isAway()).isFalse();
    failure = new SQLException("injected", "08001");
    seconds(1);
    assertThat(outage.isAway()).isTrue();
    failure = null;
    seconds(1);
    assertThat(outage.isAway()).isFalse();
  }
}
