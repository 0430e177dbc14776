package org.fleetcast.sink;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.fleetcast.mqtt.SessionMemory;

/**
 * Our session at the broker, as the journal remembers it beside the lines that it brought. Written
 * only when something of it is new, and before anything is subscribed to: a message that comes
 * because of the subscription must find its number.
 */
@Singleton
class PersistedSession implements SessionMemory {
  private static final String NAME = "session";
  private static final String FILTERS = "session.filters";
  private static final String GRANTED = "session.granted";
  private static final String EARLIER = "session.earlier";
  private static final String SUBSCRIPTION = "session.subscription";

  private final Journal journal;

  @Inject
  public PersistedSession(JournalKeeper keeper) {
    this(keeper.journal());
  }

  PersistedSession(Journal journal) {
    this.journal = journal;
  }

  /**
   * What is known of it.
   *
   * @param filters what the broker may have as ours
   * @param granted what it has said to have last
   * @param earlier what it had so when the subscription was new
   */
  private record Saved(
      String name,
      Set<String> filters,
      Set<String> granted,
      Set<String> earlier,
      long subscription) {
    static Saved of(Map<String, String> state) {
      return new Saved(
          state.getOrDefault(NAME, ""),
          filters(state.getOrDefault(FILTERS, "")),
          filters(state.getOrDefault(GRANTED, state.getOrDefault(FILTERS, ""))),
          filters(state.getOrDefault(EARLIER, "")),
          Long.parseLong(state.getOrDefault(SUBSCRIPTION, "0")));
    }

    private static Set<String> filters(String text) {
      return text.lines().collect(Collectors.toSet());
    }

    private static String text(Set<String> filters) {
      return String.join("\n", new TreeSet<>(filters));
    }

    void save(Map<String, String> state) {
      state.put(NAME, name);
      state.put(FILTERS, text(filters));
      state.put(GRANTED, text(granted));
      state.put(EARLIER, text(earlier));
      state.put(SUBSCRIPTION, Long.toString(subscription));
    }
  }

  @Override
  public Opened opened(String session, boolean known, Set<String> filters) {
    Saved saved = saved();
    boolean ours = saved.name.equals(session);
    if (ours && known && saved.filters.equals(filters)) {
      return new Opened(saved.subscription, false, Set.of(), saved.earlier);
    }
    Set<String> there = new LinkedHashSet<>(ours && known ? saved.filters : Set.of());
    Set<String> all = new LinkedHashSet<>(there);
    all.addAll(filters);
    there.removeAll(filters);
    Set<String> earlier = ours && known ? saved.granted : Set.of();
    Saved begun = new Saved(session, all, earlier, earlier, saved.subscription + 1);
    journal.remember(maps -> begun.save(maps.state()));
    return new Opened(begun.subscription, ours && !known, Set.copyOf(there), earlier);
  }

  @Override
  public void subscribed(Set<String> filters) {
    Saved saved = saved();
    if (!saved.filters.equals(filters) || !saved.granted.equals(filters)) {
      Saved now = new Saved(saved.name, filters, filters, saved.earlier, saved.subscription);
      journal.remember(maps -> now.save(maps.state()));
    }
  }

  private Saved saved() {
    return journal.read(maps -> Saved.of(maps.state()));
  }
}
