package org.fleetcast.sink;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import org.fleetcast.cluster.Cluster;
import org.fleetcast.mqtt.SessionTurn;

/** The session at the broker is of the replica that holds the sink; without others it is ours. */
@Singleton
class SinkTurn implements SessionTurn {
  private final Cluster cluster;
  private final JournalFollower follower;

  @Inject
  SinkTurn(Cluster cluster, JournalFollower follower) {
    this.cluster = cluster;
    this.follower = follower;
  }

  @Override
  public boolean isShared() {
    return cluster.isOn();
  }

  @Override
  public boolean isOurs() {
    return !cluster.isOn() || follower.isLeading();
  }

  @Override
  public Map<String, String> told() {
    return cluster.isOn()
        ? Map.of(
            "replica", cluster.replica(),
            "holder", follower.holder(),
            "held_since", String.valueOf(follower.since()),
            "behind_seconds", Long.toString(follower.behind().toSeconds()))
        : Map.of();
  }

  @Override
  public void leave() {
    follower.handOver();
  }

  @Override
  public void watch(Runnable changed) {
    follower.watch(changed);
  }
}
