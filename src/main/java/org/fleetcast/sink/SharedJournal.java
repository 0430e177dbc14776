package org.fleetcast.sink;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.fleetcast.cluster.BatchLog;
import org.fleetcast.cluster.BatchLog.Numbered;
import org.fleetcast.cluster.BatchLog.Value;
import org.fleetcast.cluster.BatchReader;

/**
 * The journal that all replicas share: a log of batches in the database, and here a copy of what
 * they hold together.
 *
 * <p>Its life: it follows, which is to put the batches of another replica into its copy, in order;
 * it leads while it holds the lease, when each commit is a batch of its own. Either way a batch is
 * shown to who listens here when it is safe and in the copy, and in the order of the numbers. A
 * commit that is refused leaves no trace in the copy; whether it left one in the database is asked
 * before the next.
 */
final class SharedJournal implements JournalStorage {
  private static final String SEQ = "seq";
  private static final String BYTES = "bytes";
  private static final String COMPLETE = "complete";

  private final JournalFile copy;
  private final ChangeRecorder recorder;
  private final BatchLog log;
  private final SharedRows rows = new SharedRows();
  private volatile Consumer<List<Delivery.Taken>> shown = messages -> {};

  /** Under which it leads; 0 while it follows. */
  private volatile long epoch;

  /** Whether the copy has all that there was when it was made. */
  private volatile boolean whole;

  /** Tells the newest batch in the copy from another of its number. */
  private volatile long newest;

  /** Whether the database may have a batch of ours that the copy does not. */
  private volatile boolean doubtful;

  /**
   * Whether a batch is being written that is not shown here yet, though others may have shown it.
   */
  private volatile boolean writing;

  /** Whether the next messages may be the ones of a batch that seemed refused. */
  private volatile boolean mayRepeat;

  /**
   * @param copy a new file, whose changes the recorder notes
   */
  SharedJournal(JournalFile copy, ChangeRecorder recorder, BatchLog log) {
    this.copy = copy;
    this.recorder = recorder;
    this.log = log;
  }

  /** Who is shown the messages of each batch, here and in their order. */
  void show(Consumer<List<Delivery.Taken>> listener) {
    shown = listener;
  }

  /** Appends from now on, under that epoch of the lease. */
  void lead(long under) {
    epoch = under;
  }

  /** Appends no more. */
  void follow() {
    epoch = 0;
  }

  @Override
  public JournalFile.Maps maps() {
    return copy.maps();
  }

  @Override
  public long turn() {
    long now = epoch;
    if (now == 0) {
      throw new NotHolderException();
    }
    return now;
  }

  @Override
  public boolean isArchivedHere() {
    return epoch != 0;
  }

  @Override
  public JournalFile.Maps commit(
      long turn, List<Delivery.Taken> messages, Consumer<JournalFile.Maps> change) {
    return commit(turn, messages, List.of(), change);
  }

  private synchronized JournalFile.Maps commit(
      long turn,
      List<Delivery.Taken> messages,
      List<Long> gone,
      Consumer<JournalFile.Maps> change) {
    if (turn() != turn) {
      throw new NotHolderException();
    }
    writing = true;
    try {
      return append(turn, messages, gone, change);
    } finally {
      writing = false;
    }
  }

  @GuardedBy("this")
  private JournalFile.Maps append(
      long turn,
      List<Delivery.Taken> messages,
      List<Long> gone,
      Consumer<JournalFile.Maps> change) {
    if (doubtful) {
      catchUp(turn);
    }
    List<Delivery.Taken> fresh =
        mayRepeat ? messages.stream().filter(this::isFresh).toList() : messages;
    JournalFile.Maps maps =
        copy.commit(
            all -> {
              recorder.begin();
              change.accept(all);
              SharedBatch batch =
                  new SharedBatch(
                      shared(all.state()),
                      recorder.changes(),
                      gone,
                      fresh.stream().map(Delivery.Taken::lines).toList());
              long seq = all.number(SEQ) + 1;
              write(turn, new Numbered(seq, batch.bytes()), batch);
              all.state().put(SEQ, Long.toString(seq));
              rows.put(all, seq, batch);
              gone.forEach(old -> rows.remove(all, old));
            });
    if (!messages.isEmpty()) {
      mayRepeat = false;
    }
    shown.accept(fresh);
    return maps;
  }

  /** Whether no line of it is here: else a commit that seemed refused was none. */
  private boolean isFresh(Delivery.Taken message) {
    return message.lines().isEmpty()
        || copy
            .find(message.lines().get(0).at(), message.lines().get(0).at(), false, 1, l -> true)
            .stream()
            .noneMatch(held -> held.id().equals(message.lines().get(0).id()));
  }

  /** But for what each replica reckons for itself. */
  private static Map<String, String> shared(Map<String, String> state) {
    Map<String, String> shared = new TreeMap<>(state);
    shared.remove(SEQ);
    shared.remove(BYTES);
    return shared;
  }

  private void write(long turn, Numbered numbered, SharedBatch batch) {
    boolean written;
    try {
      written = log.append(turn, numbered, lasting(batch.changes()), batch.gone());
    } catch (SQLException failed) {
      doubtful = true;
      mayRepeat = true;
      throw JournalStore.refused("The database did not take a batch", failed);
    }
    if (!written) {
      throw over(turn);
    }
    newest = numbered.check();
  }

  /** The database says that the turn is over, though it was not told here yet. */
  private NotHolderException over(long turn) {
    if (epoch == turn) {
      epoch = 0;
    }
    return new NotHolderException();
  }

  /** Of several changes of one key the last counts. */
  private static List<Value> lasting(List<MapChange> changes) {
    Map<String, Value> last = new LinkedHashMap<>();
    for (MapChange change : changes) {
      if (change.isLasting()) {
        last.put(
            change.map() + " " + change.key(),
            new Value(change.map(), change.key(), change.value()));
      }
    }
    return List.copyOf(last.values());
  }

  @GuardedBy("this")
  private void catchUp(long turn) {
    try {
      for (List<Numbered> next = log.after(seq()); !next.isEmpty(); next = log.after(seq())) {
        if (!take(next)) {
          throw over(turn); // others have led since, and have deleted what they need no more
        }
      }
      doubtful = false;
    } catch (SQLException away) {
      throw JournalStore.refused("The database cannot be asked for its newest batch", away);
    }
  }

  /**
   * Finds out what became of a batch that may have been written: others may have shown it, and who
   * knows when the next one comes. Only while it leads.
   *
   * @throws NotHolderException when another replica leads by now
   */
  synchronized void settle() {
    if (doubtful) {
      catchUp(turn());
    }
  }

  /** Whether all is shown here that was written from here. */
  boolean isSettled() {
    return !writing && !doubtful;
  }

  /** The number of the newest batch that is in the copy. */
  long seq() {
    return copy.maps().number(SEQ);
  }

  /** Whether the copy has all up to its newest batch; else it is to be made anew. */
  boolean isWhole() {
    return whole;
  }

  /** Whether the database has the newest batch of the copy, and not another of its number. */
  boolean isIn(BatchReader reader) throws SQLException {
    long seq = seq();
    return seq == 0 || reader.check(seq) == newest;
  }

  /**
   * Puts batches into the copy, and shows them.
   *
   * @return false when some between are missing: the copy is to be made anew then
   */
  synchronized boolean take(List<Numbered> batches) {
    if (batches.isEmpty()) {
      return whole;
    }
    long expected = seq() + 1;
    List<SharedBatch> read = new ArrayList<>();
    for (Numbered each : batches) {
      if (!whole || each.seq() != expected++) {
        return false;
      }
      read.add(SharedBatch.of(each.content()));
    }
    copy.commit(
        all -> {
          recorder.begin();
          for (int i = 0; i < read.size(); i++) {
            put(all, batches.get(i).seq(), read.get(i));
          }
        });
    newest = batches.get(batches.size() - 1).check();
    read.forEach(batch -> shown.accept(messages(batch)));
    if (read.stream().anyMatch(batch -> !batch.gone().isEmpty())) {
      copy.compact();
    }
    return true;
  }

  private static List<Delivery.Taken> messages(SharedBatch batch) {
    return batch.messages().stream().map(Delivery.Taken::elsewhere).toList();
  }

  private void put(JournalFile.Maps all, long seq, SharedBatch batch) {
    batch.changes().forEach(change -> change.to(all));
    long complete = all.completeSince();
    putLines(all, seq, batch);
    if (complete > all.completeSince()) {
      all.state().put(COMPLETE, LogTime.text(complete)); // who led before may have removed more
    }
  }

  private void putLines(JournalFile.Maps all, long seq, SharedBatch batch) {
    long held = all.number(BYTES);
    for (JournalLine line : batch.lines()) {
      JournalLine before = all.lines().put(line.at(), line);
      held += line.size() - (before == null ? 0 : before.size());
    }
    rows.put(all, seq, batch);
    for (long old : batch.gone()) {
      for (long at : rows.remove(all, old)) {
        JournalLine removed = all.lines().remove(at);
        held -= removed == null ? 0 : removed.size();
      }
    }
    all.state().putAll(batch.state());
    all.state().put(BYTES, Long.toString(held));
    all.state().put(SEQ, Long.toString(seq));
  }

  /**
   * Fills the copy with all that there is, and shows none of it to who listens. Until it is whole
   * readers find what was there before: of a part they would find lines that others have removed,
   * and miss later ones.
   */
  synchronized void load() throws SQLException {
    whole = false;
    copy.commitUnseen(
        all -> {
          all.lines().clear();
          all.marks().clear();
          all.begun().clear();
          all.retained().clear();
          rows.clear(all);
          all.state().put(BYTES, "0");
          all.state().put(SEQ, "0");
        });
    log.load(
        value -> copy.commitUnseen(all -> MapChange.of(value).to(all)),
        batch ->
            copy.commitUnseen(
                all -> {
                  recorder.begin();
                  load(all, batch);
                }));
    copy.commit(all -> {});
    whole = true;
  }

  /** What lasts was read already, as it is after all of them. */
  private void load(JournalFile.Maps all, Numbered batch) {
    SharedBatch read = SharedBatch.of(batch.content());
    read.changes().stream().filter(change -> !change.isLasting()).forEach(change -> change.to(all));
    putLines(all, batch.seq(), read);
    newest = batch.check();
  }

  @Override
  public synchronized JournalFile.Maps tidy(Consumer<JournalFile.Maps> change) {
    return copy.commit(
        all -> {
          recorder.begin();
          change.accept(all);
        });
  }

  /** Deletes what nobody needs any more, in a batch of its own. Only while it leads. */
  synchronized void trim(boolean archived) {
    if (!archived) {
      List<Long> old = rows.old(copy.maps());
      if (!old.isEmpty()) {
        tidy(all -> removeOld(all, old));
      }
    }
    SharedRows.Needless gone = rows.needless(copy.maps());
    if (!gone.numbers().isEmpty()) {
      commit(turn(), List.of(), gone.numbers(), all -> carryMarks(all, gone.messages()));
    }
  }

  /** Marks that still count go with the batch that deletes those that brought them. */
  private static void carryMarks(JournalFile.Maps all, long upTo) {
    long newest = all.number("messages");
    for (Map.Entry<Long, byte[]> mark : List.copyOf(all.marks().entrySet())) {
      long number = ByteBuffer.wrap(mark.getValue()).getLong();
      if (number <= upTo && newest - number < DeliveryFingerprint.KEPT) {
        all.marks().put(mark.getKey(), mark.getValue());
      }
    }
  }

  private static void removeOld(JournalFile.Maps all, List<Long> times) {
    long held = all.number(BYTES);
    for (long at : times) {
      JournalLine removed = all.lines().remove(at);
      held -= removed == null ? 0 : removed.size();
      all.state().put(COMPLETE, LogTime.text(at + 1));
    }
    all.state().put(BYTES, Long.toString(held));
  }

  @Override
  public void compact() {
    copy.compact();
  }

  @Override
  public JournalView.Facts facts() {
    return copy.facts();
  }

  @Override
  public List<JournalLine> find(
      long from, long to, boolean backward, int limit, Predicate<JournalLine> wanted) {
    return copy.find(from, to, backward, limit, wanted);
  }

  /** The copy is of no use without us: nothing is said last. */
  @Override
  public void close(Consumer<JournalFile.Maps> last) {
    epoch = 0;
    copy.close(all -> {});
    log.close();
  }
}
