package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.fleetcast.stack.EarlierBuild;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.Together;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two replicas of an earlier version are replaced by ours, one after the other, under lines and
 * viewers: the commit before this one, or the one that {@code -Dfleetcast.before=} names.
 */
@Tag("long")
class RollingUpgradeIT {
  private static final String BEFORE = System.getProperty("fleetcast.before", "HEAD~1");

  @Test
  void replicas_of_two_versions_beside_each_other_lose_and_double_nothing() {
    EarlierBuild earlier = EarlierBuild.of(BEFORE);
    Elasticsearch elasticsearch = SharedStack.get().elasticsearch();
    try (Postgres postgres = Postgres.started();
        Mosquitto broker = Mosquitto.open();
        Fleetcast one = ClusterIT.replica(postgres, broker, elasticsearch).of(earlier);
        Fleetcast two = ClusterIT.replica(postgres, broker, elasticsearch).of(earlier)) {
      String secret = UUID.randomUUID().toString();
      for (Fleetcast each : List.of(one, two)) {
        each.with("SECRET_KEY", secret).with("BASEURL", one.uri().toString());
      }
      Together.run(one::start, two::start);
      String entity = Operator.unique("upgrade");
      int id = Operator.editor(one).device(entity);
      ClusterIT.Followed followed = new ClusterIT.Followed(id, one, two);
      try (Load load = new Load(broker.uri(), entity, ClusterIT.LINES_A_SECOND)) {
        followed.awaitAll(2 * ClusterIT.LINES_A_SECOND);

        // The one that does not hold the sink goes first, as an operator is told to do.
        Fleetcast held = ClusterIT.holder(one, two);
        Fleetcast first = held == one ? two : one;
        Duration planned = followed.over(load, held, first::stop);
        first.of(null).start();
        followed.awaitMore(load);
        assertThat(ClusterIT.holder(one, two)).as("the earlier version").isSameAs(held);

        Duration frozen = followed.over(load, first, () -> ClusterIT.frozen(held, first, () -> {}));
        assertThat(ClusterIT.holder(one, two)).as("ours").isSameAs(first);
        followed.awaitMore(load);

        // Back again, since what each of them writes the other has to go on with.
        Duration back = followed.over(load, held, () -> ClusterIT.frozen(first, held, () -> {}));
        followed.awaitMore(load);
        Duration handed = followed.over(load, first, held::stop);
        held.of(null).start();
        followed.awaitMore(load);

        int published = load.stop();
        followed.awaitAll(published - 1);
        followed.assertExact();
        ClusterIT.assertStoredOnce(Operator.editor(first), id, published);
        System.out.printf(
            "From %s: pauses of %d ms (the first is stopped), %d and %d ms (frozen), %d ms (the"
                + " second is stopped), %d sessions subscribed anew%n",
            BEFORE,
            planned.toMillis(),
            frozen.toMillis(),
            back.toMillis(),
            handed.toMillis(),
            followed.forgotten());
      } finally {
        followed.close();
      }
    }
  }
}
