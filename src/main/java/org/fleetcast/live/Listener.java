package org.fleetcast.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.fleetcast.problem.InternalFaults;

/** Hears the lines of one entity inside this process, from the same log that viewers read. */
final class Listener implements Follow.Reader {
  private static final String WHERE = "live";

  private final Log log;
  private final Executor executor;
  private final Consumer<LiveLine> heard;
  private final InternalFaults faults;

  @GuardedBy("this")
  private final Follow place;

  Listener(
      Log log,
      String entityId,
      Executor executor,
      Consumer<LiveLine> heard,
      InternalFaults faults) {
    this.log = log;
    this.executor = executor;
    this.heard = heard;
    this.faults = faults;
    this.place = log.join(this, new Scope.Entity(entityId), Set.of()).follow();
  }

  synchronized void start() {
    place.topic.present(place);
  }

  @Override
  public void dirty(Follow follow) {
    // It is woken for each message, and looks then.
  }

  @Override
  public void wake() {
    faults.guard(WHERE, () -> executor.execute(() -> faults.guard(WHERE, this::read)));
  }

  private synchronized void read() {
    place.unmark(); // before it is read: what comes meanwhile wakes it again
    List<Follow.Item> items = new ArrayList<>();
    place.topic.read(place, log.published().sequence(), Integer.MAX_VALUE, items);
    for (Follow.Item item : items) {
      place.to(item);
      if (item.piece() instanceof Publication event) { // a gap is what was not heard
        event.lines().forEach(heard);
      }
    }
  }
}
