package org.fleetcast.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Three replicas, their database and a broker, in a time of their own: one seed is one story of
 * clocks that drift, processes that stand still, are killed or stopped, and packets that are lost
 * or late. Each replica holds the lease by the rules of {@link Tenure}, and takes messages in as
 * {@code SharedJournal} does: one batch at a time under the next number, and after one of which it
 * does not know how it ended it reads first.
 *
 * <p>It ends with a calm, in which everything that was published is to be stored and acknowledged.
 */
final class LeaseSimulation {
  private static final long MILLI = 1_000;
  private static final long SECOND = 1_000 * MILLI;
  private static final long TROUBLED = 40 * SECOND;
  private static final long END = 80 * SECOND;
  private static final long AT_ONCE = SECOND;
  private static final int REPLICAS = 3;
  private static final int MESSAGES = 400;

  /** By so much in a hundred a clock goes fast or slow, which is more than any does. */
  private static final double DRIFT = 1;

  /** What is put in on purpose, to see that it is found. */
  enum Planted {
    NOTHING,
    /** The database takes a batch of whatever epoch. */
    NO_FENCE,
    /** Who follows has the epoch of the one before. */
    SAME_EPOCH,
    /** Who has found it free takes it, though another was faster. */
    TAKES_UNASKED,
    /** Who goes gives back the lease of another. */
    GIVES_BACK_ANOTHERS,
    /** The five seconds are counted from the answer. */
    COUNTS_FROM_THE_ANSWER,
    /** Nobody's own clock ends what is not renewed. */
    NEVER_ENDS_BY_ITSELF,
    /** A message is acknowledged before it is safe. */
    ACKNOWLEDGES_FIRST,
    /** A batch without an answer is taken for none. */
    FORGETS_A_DOUBT
  }

  private final Planted planted;
  private final Random random;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Database database = new Database();
  private final Broker broker = new Broker();
  private final List<Replica> replicas = new ArrayList<>();
  private long now;
  private long order;
  private int names;
  private @Nullable String violation;

  LeaseSimulation(long seed, Planted planted) {
    this.planted = planted;
    this.random = new Random(seed);
  }

  private record Event(long at, long order, Runnable work) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return at == other.at ? Long.compare(order, other.order) : Long.compare(at, other.at);
    }
  }

  private record Batch(int number, long epoch, int writer, List<Integer> messages) {}

  private enum Outcome {
    WRITTEN,
    FOLLOWED,
    NUMBER_TAKEN
  }

  /** Tells the story; what went wrong, or nothing. */
  @Nullable String run() {
    for (int i = 0; i < REPLICAS; i++) {
      start();
    }
    publish();
    trouble();
    after(TROUBLED + 20 * SECOND, () -> holderEnds(Replica::stop));
    after(TROUBLED + 30 * SECOND, () -> holderEnds(Replica::kill));
    while (violation == null && now < END) {
      Event next = events.remove();
      now = next.at;
      next.work.run();
    }
    check(broker.published == MESSAGES && broker.unacknowledged.isEmpty(), "a message waits");
    check(database.stored.size() == MESSAGES, "a message is lost");
    return violation;
  }

  private void check(boolean good, String otherwise) {
    if (!good && violation == null) {
      violation = otherwise + " at " + now / MILLI + " ms";
    }
  }

  private void after(long micros, Runnable work) {
    events.add(new Event(now + micros, order++, work));
  }

  private boolean isTroubled() {
    return now < TROUBLED;
  }

  /** In the troubled part one time out of so many. */
  private boolean happens(int outOf) {
    return isTroubled() && random.nextInt(outOf) == 0;
  }

  private void start() {
    Replica made = new Replica(++names);
    replicas.add(made);
    made.begin();
  }

  private void publish() {
    broker.publish();
    if (broker.published < MESSAGES) {
      after(random.nextLong(2 * (END - 20 * SECOND) / MESSAGES), this::publish);
    }
  }

  /** Every second or so something happens to one of them. */
  private void trouble() {
    if (!isTroubled()) {
      return;
    }
    if (!replicas.isEmpty()) {
      Replica whose = replicas.get(random.nextInt(replicas.size()));
      switch (random.nextInt(5)) {
        case 0 -> whose.kill();
        case 1 -> whose.stop();
        case 2 -> whose.cut();
        default -> whose.freeze(random.nextLong(12 * SECOND));
      }
    }
    after(random.nextLong(4 * SECOND), this::trouble);
  }

  /** In the calm another leads at once. */
  private void holderEnds(Consumer<Replica> how) {
    Replica holder =
        replicas.stream().filter(Replica::isLeading).findFirst().orElse(replicas.get(0));
    check(holder.isLeading(), "nobody leads");
    how.accept(holder);
    after(
        AT_ONCE,
        () ->
            check(
                replicas.stream().anyMatch(each -> each != holder && each.isLeading()),
                "nobody followed at once"));
  }

  private final class Database {
    private final Set<Integer> open = new HashSet<>();
    private final List<Batch> batches = new ArrayList<>();
    private final Set<Integer> stored = new HashSet<>();
    private long epoch;
    private int holder;
    private int connection;
    private long expires;

    /** Who took it last, whether or not he has it still. */
    private int last;

    boolean isFree() {
      return holder == 0 || expires < now || !open.contains(connection);
    }

    long take(int name, int by) {
      boolean free = isFree();
      if (!free && planted != Planted.TAKES_UNASKED) {
        return 0;
      }
      check(free, "it is taken from who holds it");
      if (open.contains(connection)) {
        checkOver(name);
      }
      epoch += planted == Planted.SAME_EPOCH && epoch > 0 ? 0 : 1;
      holder = name;
      last = name;
      extend(by);
      return epoch;
    }

    /** Who was followed since he did not renew it knows that himself, as far as clocks agree. */
    private void checkOver(int name) {
      for (Replica each : replicas) {
        Duration left = Duration.between(each.clock(), each.tenure.until());
        check(
            each.name == name
                || !each.tenure.isHeld()
                || left.toMillis() <= 2 * DRIFT / 100 * Lease.LENGTH.toMillis(),
            "two hold it");
      }
    }

    boolean renew(long under, int name, int by) {
      boolean ours = epoch == under && holder == name;
      if (ours) {
        extend(by);
      }
      return ours;
    }

    private void extend(int by) {
      expires = now + Lease.LENGTH.toMillis() * MILLI;
      connection = by;
    }

    boolean release(long under, int name) {
      if (planted == Planted.GIVES_BACK_ANOTHERS || (epoch == under && holder == name)) {
        check(holder == name || holder == 0, "the lease of another is given back");
        holder = 0;
      }
      return true;
    }

    List<Batch> after(int number) {
      return List.copyOf(batches.subList(Math.min(number, batches.size()), batches.size()));
    }

    Outcome append(Batch batch) {
      if (batch.epoch != epoch && planted != Planted.NO_FENCE) {
        return Outcome.FOLLOWED;
      }
      if (batch.number <= batches.size()) {
        return Outcome.NUMBER_TAKEN;
      }
      check(batch.number == batches.size() + 1, "a number is left out");
      check(batch.writer == last, "one writes who was followed");
      for (int message : batch.messages) {
        check(stored.add(message), "a message is stored twice");
        check(message == stored.size(), "messages are out of order");
      }
      batches.add(batch);
      return Outcome.WRITTEN;
    }
  }

  private final class Broker {
    private final TreeSet<Integer> unacknowledged = new TreeSet<>();
    private int published;
    private int session;

    void publish() {
      unacknowledged.add(++published);
    }

    int connect() {
      return ++session;
    }

    List<Integer> next(int of, int beyond, int most) {
      return of == session
          ? unacknowledged.tailSet(beyond, false).stream().limit(most).toList()
          : List.of();
    }

    void acknowledged(int of, List<Integer> messages) {
      if (of == session) {
        messages.forEach(
            message ->
                check(database.stored.contains(message), "what is not safe was acknowledged"));
        unacknowledged.removeAll(messages);
      }
    }
  }

  /** The life of one process. */
  private final class Replica {
    private final int name;
    private final double pace = 1 + (2 * random.nextDouble() - 1) * DRIFT / 100;
    private final long zero = random.nextLong(1_000 * SECOND);
    private final List<Batch> copy = new ArrayList<>();
    private final Set<Integer> known = new HashSet<>();
    private Tenure tenure = Tenure.NONE;
    private boolean dead;
    private long standsStillUntil;
    private int connection;
    private long leading;
    private int session;
    private int delivered;
    private boolean taking;
    private boolean doubtful;

    Replica(int name) {
      this.name = name;
    }

    void begin() {
      connection = database.open.size() + 1_000 * name;
      database.open.add(connection);
      look();
      follow();
      takeIn();
    }

    Instant clock() {
      return Instant.EPOCH.plusNanos((zero + (long) (now * pace)) * 1_000);
    }

    /** Does it when it can: not while it stands still, and never when it is dead. */
    private void here(Runnable work) {
      if (!dead && now < standsStillUntil) {
        after(standsStillUntil - now, () -> here(work));
      } else if (!dead) {
        work.run();
      }
    }

    private void later(long micros, Runnable work) {
      after((long) (micros / pace), () -> here(work));
    }

    private long delay() {
      return happens(20) ? random.nextLong(3 * SECOND) : MILLI / 2 + random.nextLong(4 * MILLI);
    }

    /** Asks the database; an answer that does not come in time comes never. */
    private <T> void ask(Supplier<T> work, Consumer<T> answered, Runnable failed) {
      boolean[] over = new boolean[1];
      boolean answerLost = happens(60);
      if (!happens(60)) {
        long late = happens(60) ? random.nextLong(9 * SECOND) : 0;
        after(
            delay() + late,
            () -> {
              T result = work.get();
              after(
                  delay(),
                  () ->
                      here(
                          () -> {
                            if (!over[0] && !answerLost) {
                              over[0] = true;
                              answered.accept(result);
                            }
                          }));
            });
      }
      later(
          4 * SECOND,
          () -> {
            if (!over[0]) {
              over[0] = true;
              failed.run();
            }
          });
    }

    void freeze(long micros) {
      standsStillUntil = Math.max(standsStillUntil, now + micros);
    }

    void kill() {
      dead = true;
      gone(connection);
      replicas.remove(this);
      after(random.nextLong(3 * SECOND), LeaseSimulation.this::start);
    }

    /** Its connection for the lease breaks, which the database may not notice for long. */
    void cut() {
      int broken = connection;
      connection += 1;
      database.open.add(connection);
      gone(broken);
    }

    private void gone(int broken) {
      after(
          happens(3) ? random.nextLong(15 * SECOND) : random.nextLong(20 * MILLI),
          () -> database.open.remove(broken));
    }

    /** As at SIGTERM: what is on its way ends, then the lease is given back. */
    void stop() {
      here(
          () -> {
            if (taking) {
              later(MILLI, this::stop);
              return;
            }
            long epoch = tenure.epoch();
            tenure = tenure.leave();
            leading = 0;
            if (epoch == 0) {
              kill();
            } else {
              ask(() -> database.release(epoch, name), given -> kill(), this::kill);
            }
          });
    }

    private void look() {
      if (tenure.left()) {
        return;
      }
      Instant asked = clock();
      loseWhatIsOver();
      int by = connection;
      long epoch = tenure.epoch();
      if (epoch != 0) {
        ask(
            () -> database.renew(epoch, name, by),
            ours -> {
              tenure = ours ? tenure.renewed(counted(asked)) : tenure.lost();
              lookAgain();
            },
            this::unanswered);
      } else {
        ask(
            database::isFree,
            free -> {
              if (free) {
                take(asked, by);
              } else {
                lookAgain();
              }
            },
            this::unanswered);
      }
    }

    private void take(Instant asked, int by) {
      ask(
          () -> database.take(name, by),
          epoch -> {
            if (epoch != 0) {
              tenure = tenure.taken(epoch, counted(asked));
            }
            if (epoch != 0 && tenure.left()) {
              ask(() -> database.release(epoch, name), given -> {}, () -> {});
            }
            lookAgain();
          },
          this::unanswered);
    }

    private Instant counted(Instant asked) {
      return switch (planted) {
        case COUNTS_FROM_THE_ANSWER -> clock();
        case NEVER_ENDS_BY_ITSELF -> clock().plusSeconds(1_000);
        default -> asked;
      };
    }

    private void loseWhatIsOver() {
      if (tenure.isOver(clock())) {
        tenure = tenure.lost();
      }
    }

    private void lookAgain() {
      loseWhatIsOver();
      later(tenure.isHeld() ? SECOND : 100 * MILLI, this::look);
    }

    private void unanswered() {
      cut();
      loseWhatIsOver();
      later(SECOND, this::look);
    }

    boolean isLeading() {
      return leading != 0 && tenure.at(clock()) == leading;
    }

    private void follow() {
      if (leading != 0 || taking) {
        if (leading != 0 && !isLeading()) {
          leading = 0;
        }
        later(20 * MILLI, this::follow);
        return;
      }
      long epoch = tenure.at(clock()); // before it is read
      ask(
          () -> database.after(copy.size()),
          found -> {
            found.forEach(this::add);
            if (found.isEmpty() && epoch != 0) {
              lead(epoch);
            }
            later(found.isEmpty() ? 50 * MILLI : MILLI, this::follow);
          },
          () -> later(200 * MILLI, this::follow));
    }

    private void add(Batch batch) {
      if (batch.number == copy.size() + 1) {
        copy.add(batch);
        known.addAll(batch.messages);
      }
    }

    private void lead(long epoch) {
      if (!tenure.left()) {
        leading = epoch;
        connect();
      }
    }

    private void connect() {
      session = broker.connect();
      delivered = 0;
    }

    private void takeIn() {
      if (isLeading() && !taking) {
        if (session != broker.session) {
          connect();
        }
        List<Integer> next = broker.next(session, delivered, 1 + random.nextInt(5));
        if (!next.isEmpty()) {
          delivered = next.get(next.size() - 1);
          taking = true;
          take(next, leading, session);
        }
      }
      later(10 * MILLI, this::takeIn);
    }

    private void take(List<Integer> messages, long turn, int from) {
      if (doubtful) {
        ask(
            () -> database.after(copy.size()),
            found -> {
              found.forEach(this::add);
              doubtful = false;
              take(messages, turn, from);
            },
            this::refused);
        return;
      }
      List<Integer> fresh = messages.stream().filter(each -> !known.contains(each)).toList();
      if (planted == Planted.ACKNOWLEDGES_FIRST) {
        after(delay(), () -> broker.acknowledged(from, messages));
      }
      if (fresh.isEmpty()) {
        settled(messages, from);
      } else {
        append(new Batch(copy.size() + 1, turn, name, fresh), messages, from);
      }
    }

    private void append(Batch batch, List<Integer> messages, int from) {
      ask(
          () -> database.append(batch),
          outcome -> {
            switch (outcome) {
              case WRITTEN -> {
                add(batch);
                settled(messages, from);
              }
              case FOLLOWED -> {
                leading = 0;
                taking = false;
              }
              default -> inDoubt(batch);
            }
          },
          () -> inDoubt(batch));
    }

    private void inDoubt(Batch batch) {
      if (planted == Planted.FORGETS_A_DOUBT) {
        copy.add(batch); // the next has the next number
      } else {
        doubtful = true;
      }
      refused();
    }

    /** Another connection brings it again. */
    private void refused() {
      taking = false;
      if (isLeading()) {
        connect();
      }
    }

    private void settled(List<Integer> messages, int from) {
      taking = false;
      after(delay(), () -> broker.acknowledged(from, messages));
    }
  }
}
