package org.fleetcast.live;

import jakarta.ws.rs.sse.SseBroadcaster;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who has sessions: a subject comes with its first session and goes with its last. */
final class Subjects {
  private final ViewerMemory memory;
  private final Runnable refused;
  private final ConcurrentMap<String, Subject> byName = new ConcurrentHashMap<>();

  /** Also of those who have gone, whose streams may not be over yet. */
  private final ConcurrentMap<String, SubjectUsage> usages = new ConcurrentHashMap<>();

  /**
   * @param refused run when one of them may take no more
   */
  Subjects(ViewerMemory memory, Runnable refused) {
    this.memory = memory;
    this.refused = refused;
  }

  /** Adds a session to a subject, alone with it: whatever {@code add} throws leaves nothing. */
  Sessions.Opened add(
      String name,
      Supplier<SseBroadcaster> newBroadcaster,
      Function<Subject, Sessions.Opened> add) {
    Sessions.Opened[] added = new Sessions.Opened[1];
    byName.compute(
        name,
        (id, known) -> {
          Subject home =
              known == null ? new Subject(name, newBroadcaster.get(), usage(name)) : known;
          added[0] = addTo(home, add);
          return home;
        });
    return added[0];
  }

  /** What a subject has taken until now. */
  SubjectUsage usage(String name) {
    return usages.computeIfAbsent(name, id -> new SubjectUsage(memory, refused));
  }

  /** Forgets what those had taken who have gone and whose streams are over. */
  void forget() {
    usages.forEach(
        (name, usage) -> {
          if (usage.places().get() == 0 && !byName.containsKey(name)) {
            byName.compute(name, (id, home) -> home == null ? forget(id, usage) : home);
          }
        });
  }

  /** While nobody can come under that name. */
  private @Nullable Subject forget(String name, SubjectUsage usage) {
    if (usage.places().get() == 0) {
      usages.remove(name, usage);
    }
    return null;
  }

  private static Sessions.Opened addTo(Subject home, Function<Subject, Sessions.Opened> add) {
    boolean done = false;
    try {
      Sessions.Opened added = add.apply(home);
      done = true;
      return added;
    } finally {
      if (!done && home.sessions().isEmpty()) {
        home.close();
      }
    }
  }

  /** Removes a session if it is over by then, and its subject with the last one. */
  void remove(Session session, Predicate<Session> isOver) {
    byName.computeIfPresent(
        session.subject(),
        (name, home) -> {
          if (isOver.test(session)) {
            home.remove(session);
          }
          if (!home.sessions().isEmpty()) {
            return home;
          }
          home.close();
          return null;
        });
  }

  /** The session of that subject and id; null when there is none that goes on. */
  @Nullable Session find(String name, String requestId) {
    Subject home = byName.get(name);
    return home == null ? null : home.open(requestId);
  }

  /** The sessions of a subject at this moment. */
  Collection<Session> sessions(String name) {
    Subject home = byName.get(name);
    return home == null ? List.of() : List.copyOf(home.sessions());
  }

  /** All sessions at this moment. */
  List<Session> sessions() {
    List<Session> all = new ArrayList<>();
    byName.values().forEach(subject -> all.addAll(subject.sessions()));
    return all;
  }

  /** All subjects at this moment. */
  Collection<Subject> all() {
    return byName.values();
  }
}
