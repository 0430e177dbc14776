package org.fleetcast.live;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.fleetcast.cluster.Announcements;
import org.fleetcast.cluster.Calls;
import org.fleetcast.cluster.Cluster;
import org.fleetcast.cluster.SessionTable;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of all replicas: each is kept in the database with its subscriptions, so that
 * whichever replica its viewer comes back to goes on with it, and one that gets a request for
 * another's stream has that one do it. There too it says whether it has a stream: so those of a
 * subject are counted wherever they are.
 *
 * <p>While the database is away a session is known to its own replica only, and kept when it is
 * back.
 */
@Singleton
public class SharedSessions {
  private static final Logger LOG = System.getLogger(SharedSessions.class.getName());

  /** What is said of a row that another replica has changed, or made its own. */
  private static final String CHANGED = "changed";

  private static final Duration RECONCILE = Duration.ofMinutes(1);
  private static final String SUBSCRIBE = "subscribe";
  private static final String UNSUBSCRIBE = "unsubscribe";
  private static final String DONE = "done";

  private final Cluster cluster;
  private final SessionTable table;
  private final Announcements announcements;
  private final Calls calls;
  private final Map<String, Ours> ours = new ConcurrentHashMap<>();

  /** Whose it was, of each that could not be given back. */
  private final Map<String, SessionTable.Claimed> owed = new ConcurrentHashMap<>();

  private volatile Instant reconciled = Instant.EPOCH;

  /** What the database may not know as it is, or may know better. */
  private final Set<String> unsaved = ConcurrentHashMap.newKeySet();

  private volatile IntConsumer adopted = deviceId -> {};
  private volatile Consumer<Session> left = session -> {};
  private volatile int limit = Integer.MAX_VALUE;

  /** A session of this replica. One at a time looks after it, who holds its lock. */
  private static final class Ours {
    private final Session session;

    /** What the database has of it, as far as is known; null when it is not known to have it. */
    private @Nullable String saved;

    /** What it may have instead, since it was written without an answer. */
    private @Nullable String tried;

    /** Whether it is open as far as the database knows; null when that is not known. */
    private volatile @Nullable Boolean streaming;

    Ours(Session session, @Nullable String saved) {
      this.session = session;
      this.saved = saved;
    }

    Ours withStreaming(@Nullable Boolean known) {
      streaming = known;
      return this;
    }
  }

  private static String text(Session session) {
    return SessionText.of(new SessionText.Kept(session.requestId(), session.kept()));
  }

  @Inject
  public SharedSessions(
      Cluster cluster, SessionTable table, Announcements announcements, Calls calls) {
    this.cluster = cluster;
    this.table = table;
    this.announcements = announcements;
    this.calls = calls;
  }

  boolean isOn() {
    return cluster.isOn();
  }

  /**
   * Hears what other replicas ask.
   *
   * @param left what is done with a session that has another replica now
   * @param limit of subscriptions
   */
  void start(Consumer<Session> left, int limit) {
    this.left = left;
    this.limit = limit;
    // The next look finds out, and so does whoever saves it before.
    announcements.listen(CHANGED, unsaved::add);
    announcements.whenMissed(() -> unsaved.addAll(ours.keySet()));
    calls.handle(SUBSCRIBE, text -> answer(text, this::subscribe));
    calls.handle(UNSUBSCRIBE, text -> answer(text, SharedSessions::unsubscribe));
  }

  /** Tells of each device that is followed as another replica knew it: it may have moved since. */
  void whenAdopted(IntConsumer look) {
    adopted = look;
  }

  /** A name for a session that says nothing of its subject. */
  private static String id(String subject, String requestId) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(subject.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      return HexFormat.of().formatHex(digest.digest(requestId.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JDK has SHA-256", impossible);
    }
  }

  private static String id(Session session) {
    return id(session.subject(), session.requestId());
  }

  /** A name for a subject, which no stream has: each of those has a request id. */
  private static String name(String subject) {
    return id(subject, "");
  }

  /**
   * A session whose stream is to be opened here.
   *
   * @param row null when the database is away
   * @param subscriptions what it had without us; null when nobody else had it
   */
  record Claimed(
      String id, SessionTable.@Nullable Claimed row, @Nullable List<Subscription> subscriptions) {
    /** How many other streams its subject has at other replicas. */
    int elsewhere() {
      return row == null ? 0 : row.elsewhere();
    }
  }

  /**
   * Makes a session one of this replica, and announces it to nobody yet; empty when its subject has
   * so many other streams at other replicas.
   *
   * @param known the one that is here
   */
  Optional<Claimed> claim(String subject, String requestId, @Nullable Session known, int most) {
    String id = id(subject, requestId);
    String content =
        known == null ? SessionText.of(new SessionText.Kept(requestId, List.of())) : text(known);
    SessionTable.Claimed due = owed.remove(id); // from here on it is not given back
    boolean done = false;
    try {
      Optional<Claimed> claimed =
          table
              .claim(new SessionTable.Told(id, name(subject), content, true), most)
              .map(row -> claimed(id, due == null ? row : as(due, row), known));
      done = claimed.isPresent();
      return claimed;
    } catch (SQLException away) {
      LOG.log(Level.DEBUG, "A session cannot be looked for at other replicas", away);
      return Optional.of(new Claimed(id, null, null));
    } finally {
      if (!done && due != null) {
        owed.put(id, due);
      }
    }
  }

  /** It is ours only since it could not be given back. */
  private SessionTable.Claimed as(SessionTable.Claimed due, SessionTable.Claimed now) {
    return isOurs(now) && !now.made()
        ? new SessionTable.Claimed(
            due.replica(), now.content(), due.made(), due.streaming(), now.elsewhere())
        : now;
  }

  private Claimed claimed(String id, SessionTable.Claimed row, @Nullable Session known) {
    // One of ours that is neither here nor being forgotten was left by a stream that was refused.
    boolean here = isOurs(row) && (known != null || ours.containsKey(id));
    return new Claimed(
        id, row, row.made() || here ? null : SessionText.kept(row.content()).subscriptions());
  }

  private boolean isOurs(SessionTable.Claimed row) {
    return cluster.replica().equals(row.replica());
  }

  /** Its stream was refused: whoever had it has it again, with all that it had. */
  void giveBack(Claimed claimed) {
    SessionTable.Claimed row = claimed.row;
    if (row != null) {
      giveBack(claimed.id, row);
    }
  }

  private void giveBack(String id, SessionTable.Claimed row) {
    try {
      giveBackNow(id, row);
    } catch (SQLException away) {
      LOG.log(Level.DEBUG, "A session cannot be given back", away);
      owed.put(id, row);
    }
  }

  private void giveBackNow(String id, SessionTable.Claimed row) throws SQLException {
    String owner = row.replica();
    if (row.made()) {
      table.delete(id);
    } else if (owner != null && !owner.equals(cluster.replica())) {
      table.give(id, owner, row.streaming());
    } else if (ours.computeIfPresent(id, (same, each) -> each.withStreaming(null)) == null) {
      table.streaming(Map.of(id, false)); // an earlier one left it
    }
  }

  /** One that is opened meanwhile waits for this, and is left out then. */
  private void giveBackOwed() {
    for (String id : Set.copyOf(owed.keySet())) {
      owed.computeIfPresent(
          id,
          (same, row) -> {
            try {
              if (!ours.containsKey(id)) {
                giveBackNow(id, row);
              }
              return null;
            } catch (SQLException away) {
              LOG.log(Level.DEBUG, "A session cannot be given back yet", away);
              return row;
            }
          });
    }
  }

  /** Its stream was opened: another replica that had it finds out. */
  void opened(Claimed claimed, Session session) {
    SessionTable.Claimed row = claimed.row;
    // One that was ours before is known with what others have changed of it since.
    boolean same = row == null || (isOurs(row) && !row.made());
    Boolean streaming = row == null ? null : Boolean.TRUE;
    ours.compute(
        claimed.id,
        (id, known) ->
            (same && known != null && known.session == session
                    ? known
                    : new Ours(session, row == null ? null : row.content()))
                .withStreaming(streaming));
    if (row != null && !row.made() && !isOurs(row)) {
      tellOthers(claimed.id);
    }
    save(session);
    if (claimed.subscriptions != null) {
      adopted(claimed.subscriptions);
    }
  }

  private void tellOthers(String id) {
    try {
      announcements.say(CHANGED, id);
    } catch (SQLException away) {
      LOG.log(Level.DEBUG, "Whoever had a session finds out when it saves it", away);
    }
  }

  private void adopted(List<Subscription> all) {
    for (Subscription each : all) {
      Integer deviceId = each.selector().deviceId();
      if (deviceId != null) {
        adopted.accept(deviceId);
      }
    }
  }

  /** Keeps a session of this replica as it is now; false when another replica has it. */
  @CanIgnoreReturnValue
  boolean save(Session session) {
    if (session.isClosed()) {
      return true;
    }
    String id = id(session);
    Ours each =
        ours.compute(
            id,
            (key, known) ->
                known != null && known.session == session ? known : new Ours(session, null));
    unsaved.add(id);
    return save(id, each);
  }

  @CanIgnoreReturnValue
  private boolean save(String id, Ours each) {
    return save(id, each, SteadyClock.now());
  }

  /**
   * @param since from when on this replica may be waited for if it lags
   */
  @CanIgnoreReturnValue
  private boolean save(String id, Ours each, Instant since) {
    try {
      synchronized (each) {
        unsaved.remove(id);
        return kept(id, each, since);
      }
    } catch (SQLException away) {
      unsaved.add(id);
      LOG.log(Level.DEBUG, "A session cannot be kept for other replicas", away);
      return true;
    }
  }

  /**
   * Keeps it as it is now, with what other replicas have changed of it while they could not ask
   * this one; false when one of them has it. To be called under its lock.
   */
  private boolean kept(String id, Ours each, Instant since) throws SQLException {
    while (true) {
      String text = text(each.session);
      String saved = each.saved;
      if (saved == null) {
        boolean streaming = each.session.isCounted();
        SessionTable.Claimed row =
            table.claim(new SessionTable.Told(id, name(each.session.subject()), text, streaming));
        each.saved = row.content();
        each.streaming = streaming;
        if (!row.made() && !isOurs(row)) {
          announcements.say(CHANGED, id);
        }
        // A row that was there is of an earlier stream: what is here is newer.
        saved = row.content();
      }
      String tried = each.tried;
      each.tried = text;
      if (table.put(id, saved, text)) {
        each.saved = text;
        return true;
      }
      SessionTable.Row row = table.find(id).orElse(null);
      if (row == null) {
        each.saved = null; // it was taken for one that nobody has
      } else if (row.isOf(cluster.replica())) {
        if (!row.content().equals(tried)) {
          merge(each.session, SessionText.kept(saved), SessionText.kept(row.content()), since);
        }
        each.saved = row.content();
      } else {
        left.accept(each.session);
        unsaved.remove(id);
        return !ours.remove(id, each);
      }
    }
  }

  /** Does to a session what others did to its row. */
  private void merge(
      Session session, SessionText.Kept before, SessionText.Kept now, Instant since) {
    List<Subscription> added = new ArrayList<>(now.subscriptions());
    added.removeAll(before.subscriptions());
    try {
      for (Subscription each : before.subscriptions()) {
        if (!SessionText.has(now, each.selector())) {
          session.unsubscribe(each.selector());
        }
      }
      for (Subscription each : added) {
        awaitIfNeeded(session, each, since);
        session.subscribe(each, limit);
      }
    } catch (Problem refused) {
      LOG.log(Level.DEBUG, "A session cannot follow what another replica noted of it", refused);
    }
    adopted(added);
  }

  /** It was answered already: a replica that stays behind returns more than was asked for. */
  private static void awaitIfNeeded(Session session, Subscription answered, Instant since) {
    try {
      session.await(answered, SteadyClock.now(), since);
    } catch (Problem behind) {
      LOG.log(Level.DEBUG, "A subscription begins earlier than it was answered", behind);
    }
  }

  /**
   * Says that this replica is there, and which of its streams are open. Nothing else waits here.
   */
  void beat(Duration resume) {
    try {
      table.beat(resume);
      giveBackOwed();
      tellStreaming();
      Instant now = SteadyClock.now();
      if (now.isAfter(reconciled.plus(RECONCILE))) {
        table.reconcile(streaming(), resume);
        reconciled = now;
      }
    } catch (SQLException away) {
      LOG.log(Level.DEBUG, "Other replicas cannot be told that this one is there", away);
    }
  }

  private Map<String, Boolean> streaming() {
    Map<String, Boolean> all = new HashMap<>();
    ours.forEach((id, each) -> all.put(id, each.session.isCounted()));
    return all;
  }

  /** The regular look: what could not be kept is, and what is over is forgotten. */
  void tick() {
    Instant since = SteadyClock.now(); // all of them together wait for a lag once
    try {
      for (Map.Entry<String, Ours> each : ours.entrySet()) {
        if (each.getValue().session.isClosed()) {
          forget(each.getKey(), each.getValue());
        } else if (unsaved.contains(each.getKey())) {
          save(each.getKey(), each.getValue(), since);
        }
      }
      unsaved.retainAll(ours.keySet()); // of what it is told, others have most
    } catch (SQLException away) {
      LOG.log(Level.DEBUG, "The sessions of all replicas cannot be looked after", away);
    }
  }

  private void tellStreaming() throws SQLException {
    Map<String, Boolean> changed = new HashMap<>();
    ours.forEach(
        (id, each) -> {
          boolean now = each.session.isCounted();
          if (!Boolean.valueOf(now).equals(each.streaming)) {
            changed.put(id, now);
          }
        });
    if (!changed.isEmpty()) {
      table.streaming(changed);
      changed.forEach(
          (id, now) -> ours.computeIfPresent(id, (same, each) -> each.withStreaming(now)));
    }
  }

  private void forget(String id, Ours each) throws SQLException {
    table.delete(id);
    ours.remove(id, each);
    if (ours.containsKey(id)) {
      unsaved.add(id); // another of that id was opened meanwhile
    }
  }

  /**
   * Subscribes a session of another replica.
   *
   * @param now from where on it is to have lines, if that replica cannot be asked and notices later
   * @throws Problem 403 when there is none, and what that replica refuses with
   */
  void subscribeElsewhere(String subject, String requestId, Subscription wanted, EventId now) {
    String id = id(subject, requestId);
    JsonObject asked =
        Json.createObjectBuilder(SessionText.object(wanted)).add("session", id).build();
    Subscription noted =
        wanted.after() == null && wanted.tail() == 0
            ? new Subscription(wanted.selector(), wanted.scope(), wanted.filter(), 0, now)
            : wanted;
    elsewhere(id, SUBSCRIBE, asked, kept -> SessionText.with(kept, noted));
  }

  /** Stops following something there; says whether it was followed. */
  boolean unsubscribeElsewhere(String subject, String requestId, Selector selector) {
    String id = id(subject, requestId);
    JsonObject asked =
        Json.createObjectBuilder(SessionText.object(selector)).add("session", id).build();
    return elsewhere(
        id,
        UNSUBSCRIBE,
        asked,
        kept -> SessionText.has(kept, selector) ? SessionText.without(kept, selector) : null);
  }

  /** What is done with the row of a session whose replica is gone; null for nothing. */
  private interface Change {
    SessionText.@Nullable Kept of(SessionText.Kept kept);
  }

  private boolean elsewhere(String id, String what, JsonObject asked, Change change) {
    try {
      SessionTable.Row row = table.find(id).orElseThrow(Session::noBinding);
      String text = asked.toString();
      // What is too long for that stands in its row, where that replica looks each second.
      if (row.alive() && !row.isOf(cluster.replica()) && Calls.fits(text)) {
        return answered(calls.call(row.replica(), what, text).orElseThrow(SharedSessions::silent));
      }
      SessionText.Kept changed = change.of(SessionText.kept(row.content()));
      if (changed != null) {
        if (!table.change(id, row, before -> SessionText.of(changed))) {
          throw silent();
        }
        announcements.say(CHANGED, id); // it may have been held up, and goes on with the session
      }
      return changed != null;
    } catch (SQLException away) {
      throw unavailable(away);
    }
  }

  private static Problem unavailable(SQLException away) {
    return Problem.of(
            ProblemCode.SERVICE_UNAVAILABLE, "The database is not available right now", away)
        .retryAfter(Duration.ofSeconds(2));
  }

  private static Problem silent() {
    return Problem.of(
            ProblemCode.SERVICE_UNAVAILABLE, "The replica that has the stream does not answer")
        .retryAfter(Duration.ofSeconds(1));
  }

  private static boolean answered(String text) {
    JsonObject answer = SessionText.read(text);
    if (answer.containsKey("code")) {
      Problem refused =
          Problem.of(ProblemCode.valueOf(answer.getString("code")), answer.getString("sentence"));
      int after = answer.getInt("retry_after", 0);
      throw after == 0 ? refused : refused.retryAfter(Duration.ofSeconds(after));
    }
    return answer.getBoolean(DONE);
  }

  private String answer(String text, BiFunction<Session, JsonObject, Boolean> work) {
    JsonObject asked = SessionText.read(text);
    JsonObjectBuilder answer = Json.createObjectBuilder();
    try {
      Ours each = ours.get(asked.getString("session"));
      if (each == null || each.session.isClosed()) {
        throw Session.noBinding();
      }
      answer.add(DONE, work.apply(each.session, asked));
      if (!save(each.session)) {
        throw silent(); // it has just gone to another one
      }
    } catch (Problem refused) {
      answer.add("code", refused.code().name()).add("sentence", refused.sentence());
      refused.retryAfter().ifPresent(wait -> answer.add("retry_after", wait.toSeconds()));
    }
    return answer.build().toString();
  }

  private boolean subscribe(Session session, JsonObject asked) {
    Subscription wanted = SessionText.subscription(asked);
    Instant now = SteadyClock.now();
    session.await(wanted, now, now);
    session.subscribe(wanted, limit);
    return true;
  }

  private static boolean unsubscribe(Session session, JsonObject asked) {
    return session.unsubscribe(SessionText.selector(asked));
  }

  /** The sessions of the other replicas, as they were kept. */
  List<Sessions.Watching> elsewhere() {
    try {
      return table.others().stream()
          .map(row -> SessionText.kept(row.content()))
          .map(kept -> new Sessions.Watching(kept.requestId(), kept.subscriptions()))
          .toList();
    } catch (SQLException away) {
      throw unavailable(away);
    }
  }
}
