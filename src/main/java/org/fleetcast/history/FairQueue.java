package org.fleetcast.history;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who is next: a few at a time of each owner and in all, and the owners in turn. Not safe for
 * threads.
 *
 * <p>A task holds a place of its owner's until it is {@link #free}, and one of all until then or
 * until it has {@link #worked}: what it does after that, like writing to somebody who does not
 * read, keeps nobody else waiting.
 */
final class FairQueue<T> {
  private final Bounds bounds;
  private final Map<String, Owner<T>> owners = new LinkedHashMap<>();
  private int working;
  private int held;
  private int waiting;

  /**
   * How many there may be.
   *
   * @param working at a time
   * @param held at a time, with those that have worked
   * @param heldByOne of these, by one owner
   * @param waiting in all
   * @param waitingOfOne of one owner
   * @param patientOfOne of one owner beside these, who wait for as long as it takes
   */
  record Bounds(
      int working, int held, int heldByOne, int waiting, int waitingOfOne, int patientOfOne) {}

  private static final class Owner<T> {
    private final Deque<T> waiting = new ArrayDeque<>();
    private final Deque<T> patient = new ArrayDeque<>();
    private int held;

    private @Nullable T next() {
      T first = waiting.poll();
      return first == null ? patient.poll() : first;
    }

    private boolean isIdle() {
      return held == 0 && waiting.isEmpty() && patient.isEmpty();
    }
  }

  FairQueue(Bounds bounds) {
    this.bounds = bounds;
  }

  /** Lets a task wait; false when too many do. */
  boolean add(String name, T task) {
    Owner<T> owner = owner(name);
    if (waiting >= bounds.waiting || owner.waiting.size() >= bounds.waitingOfOne) {
      leave(name, owner);
      return false;
    }
    waiting++;
    return owner.waiting.add(task);
  }

  /** Lets a task wait behind all others of its owner; false when too many do. */
  boolean addPatient(String name, T task) {
    Owner<T> owner = owner(name);
    if (owner.patient.size() >= bounds.patientOfOne) {
      leave(name, owner);
      return false;
    }
    return owner.patient.add(task);
  }

  private Owner<T> owner(String name) {
    return owners.computeIfAbsent(name, unknown -> new Owner<>());
  }

  private void leave(String name, Owner<T> owner) {
    if (owner.isIdle()) {
      owners.remove(name);
    }
  }

  /** The task whose turn it is, with a place; empty when none waits or no place is free. */
  Optional<T> next() {
    if (working >= bounds.working || held >= bounds.held) {
      return Optional.empty();
    }
    for (Map.Entry<String, Owner<T>> each : owners.entrySet()) {
      Owner<T> owner = each.getValue();
      boolean impatient = !owner.waiting.isEmpty();
      T task = owner.held < bounds.heldByOne ? owner.next() : null;
      if (task != null) {
        waiting -= impatient ? 1 : 0;
        working++;
        held++;
        owner.held++;
        String name = each.getKey();
        owners.remove(name);
        owners.put(name, owner); // behind the others
        return Optional.of(task);
      }
    }
    return Optional.empty();
  }

  /** A task has done what others wait for. */
  void worked() {
    working--;
  }

  /** A task that has worked is over. */
  void free(String name) {
    Owner<T> owner = owner(name);
    held--;
    owner.held--;
    leave(name, owner);
  }

  /** Takes out those that wait and are not patient. */
  List<T> remove(Predicate<T> which) {
    List<T> removed =
        owners.values().stream().flatMap(o -> o.waiting.stream()).filter(which).toList();
    owners.values().forEach(owner -> owner.waiting.removeIf(removed::contains));
    owners.values().removeIf(Owner::isIdle);
    waiting -= removed.size();
    return removed;
  }

  /** Whether its owner has all the places that it may have. */
  boolean isFull(String name) {
    Owner<T> owner = owners.get(name);
    return owner != null
        && (owner.held >= bounds.heldByOne || owner.waiting.size() >= bounds.waitingOfOne);
  }

  int held() {
    return held;
  }

  /** How many wait, the patient ones too. */
  int waiting() {
    return owners.values().stream().mapToInt(o -> o.waiting.size() + o.patient.size()).sum();
  }
}
