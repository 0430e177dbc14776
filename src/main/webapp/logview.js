// Owns the log of the device that is open: joins history with the live lines, and says what is missing.
import { get, tell } from "./api.js";
import { nameOf } from "./devices.js";
import { gapEntry, lineEntry } from "./line.js";
import { LogList } from "./loglist.js";

const DAY = 86_400_000;

/**
 * One device's log. Its view is a window onto the log: it reaches down to now, or, when the reader has gone so far up
 * that the newest lines had to go, it is `detached` and ends with a gap.
 */
export class LogView {
  #root;
  #fleet;
  #list;
  #turn = null;
  #gaps = 0;

  /** @param {HTMLElement} root @param {import("./fleetcast-client.js").FleetcastClient} fleet */
  constructor(root, fleet) {
    this.#root = root;
    this.#fleet = fleet;
    const scroller = this.#part("#scroller");
    this.#list = new LogList(scroller, { changed: () => this.#refresh(), nearTop: () => this.#older() });
    scroller.addEventListener("keydown", (event) => {
      if (event.key !== "End") return;
      event.preventDefault();
      this.follow();
    });
    this.#part("#newest").addEventListener("click", () => {
      this.follow();
      scroller.focus();
    });
    this.#part("#wrap").addEventListener("change", (event) => this.#list.wrap(event.target.checked));
  }

  get deviceId() {
    return this.#turn?.id ?? null;
  }

  open(id) {
    this.close();
    const turn = { id, state: "loading", more: false, asking: false, detached: null, skipped: 0 };
    this.#turn = Object.assign(turn, { following: null, abort: new AbortController() });
    this.#root.hidden = false;
    this.#part("#log-title").textContent = `Device ${id}`;
    this.#part("#log-subtitle").textContent = "";
    this.#list.clear();
    this.#subscribe(this.#turn);
  }

  close() {
    if (!this.#turn) return;
    this.#turn.abort.abort();
    this.#turn.following?.unsubscribe();
    this.#turn = null;
    this.#root.hidden = true;
    this.#list.clear();
  }

  /** The device's name and entity id, once the list of devices is known. */
  describe(device) {
    this.#part("#log-title").textContent = nameOf(device);
    const parts = [device.device_entity_id, `key ${device.key}`, device.active ? null : "inactive"];
    this.#part("#log-subtitle").textContent = parts.filter(Boolean).join(" · ");
  }

  /** Goes to the newest line and stays there. */
  follow() {
    const turn = this.#turn;
    if (turn?.detached) {
      turn.detached = null;
      turn.skipped = 0;
      this.#list.clear();
      this.#join(turn);
    }
    this.#list.follow();
  }

  /** Subscribes first and fetches history when that is answered, so that no line can fall between the two. */
  #subscribe(turn) {
    turn.state = "loading";
    tell(this.#part("#log-notice"), null);
    this.#refresh();
    turn.following = this.#fleet.subscribe(turn.id, {}, (event) => {
      if (turn !== this.#turn) return;
      if (event.type === "subscribed") this.#join(turn);
      else if (event.type === "lines") this.#take(turn, event.lines.map(lineEntry));
      else if (event.type === "refused") this.#fail(turn, event.error, () => this.#subscribe(turn));
      else if (event.gap.to === null) this.#join(turn);
      else if (!turn.detached) this.#mark(event.gap.from, event.gap.to, event.gap.missed);
    });
  }

  #take(turn, entries) {
    // A reader who looks at old lines keeps them: it is the new ones that find no room.
    if (!turn.detached && !this.#list.following && this.#list.full) this.#detach(turn);
    if (!turn.detached) this.#append(turn, entries);
    else if (turn.detached.held) turn.detached.held.push(...entries);
    else turn.skipped += entries.length;
    if (turn.detached) this.#refresh();
  }

  #append(turn, entries) {
    const first = this.#list.first;
    this.#list.append(entries);
    if (first && first !== this.#list.first) turn.more = true; // history has what had to go
  }

  /** Puts the newest page of history before the live lines, and marks what it does not reach back to. */
  async #join(turn) {
    if (turn.detached) return;
    turn.state = "loading";
    const last = this.#list.last;
    try {
      // A day ahead, since this machine's clock may be behind the server's.
      const page = await this.#page(turn, { end: iso(Date.now() + DAY) });
      if (!last) turn.more = page.has_more;
      this.#append(turn, page.logs.map(lineEntry));
      if (last && page.has_more && last.at < page.window_start) this.#mark(last.at, page.window_start, 0);
      turn.state = "following";
      tell(this.#part("#log-notice"), null);
    } catch (failure) {
      this.#fail(turn, failure, () => this.#join(turn));
    }
    this.#refresh();
  }

  async #older() {
    const turn = this.#turn;
    const first = this.#list.first;
    if (!turn?.more || turn.asking || !first) return;
    // Inclusive: the rows of that very microsecond come again and are known by their id.
    await this.#fetchInto(turn, { end: first.at }, (page) => {
      turn.more = page.has_more;
      this.#list.insert(page.logs.map(lineEntry));
      if (this.#list.trimNewest()) this.#detach(turn);
    });
  }

  /** The newest lines had to make room for older ones: from here on the view ends with a gap. */
  #detach(turn) {
    if (turn.detached) this.#list.remove(turn.detached.gap);
    const gap = this.#mark(this.#list.last.at, null, 0);
    turn.detached = { gap, held: null };
  }

  async #fill(gap) {
    const turn = this.#turn;
    if (gap.to === null) return this.#newer(turn);
    return this.#fetchInto(turn, { start: gap.from, end: gap.to }, (page) => {
      this.#list.remove(gap);
      this.#list.insert(page.logs.map(lineEntry));
      if (page.has_more) this.#mark(page.window_end, gap.to, 0);
    });
  }

  /** One page towards now; what comes live meanwhile is held, because this page may be the last one. */
  async #newer(turn) {
    const { gap } = turn.detached;
    const held = (turn.detached.held = []);
    await this.#fetchInto(turn, { start: gap.from }, (page) => {
      if (turn.detached?.gap !== gap) return;
      this.#list.remove(gap);
      turn.detached = null;
      turn.skipped = 0;
      this.#append(turn, page.logs.map(lineEntry));
      if (page.has_more) this.#detach(turn);
      else this.#append(turn, held);
    });
    if (turn.detached) turn.detached.held = null;
  }

  async #fetchInto(turn, range, then) {
    turn.asking = true;
    this.#refresh();
    try {
      const page = await this.#page(turn, range);
      tell(this.#part("#log-notice"), null);
      then(page);
    } catch (failure) {
      this.#fail(turn, failure);
    } finally {
      turn.asking = false;
    }
    this.#refresh();
  }

  #page(turn, range) {
    return get(`/api/devices/${turn.id}/logs?${new URLSearchParams(range)}`, turn.abort.signal);
  }

  #fail(turn, failure, again) {
    if (turn.abort.signal.aborted) return;
    if (again) turn.state = "failed";
    else turn.more = false; // or the next frame would ask again
    tell(this.#part("#log-notice"), failure, again ?? (() => this.#retryOlder(turn)));
    this.#refresh();
  }

  #retryOlder(turn) {
    turn.more = true;
    tell(this.#part("#log-notice"), null);
    this.#older();
  }

  #mark(from, to, missed) {
    const gap = gapEntry(`gap-${++this.#gaps}`, from ?? this.#list.last?.at ?? "", to, missed, (gap) => this.#fill(gap));
    this.#list.insert([gap]);
    return gap;
  }

  #refresh() {
    const turn = this.#turn;
    if (!turn) return;
    const { count, following, unseen } = this.#list;
    const below = unseen + turn.skipped;
    const newest = this.#part("#newest");
    newest.hidden = following && !turn.detached;
    newest.textContent = below > 0 ? `↓ ${below.toLocaleString()} new` : "↓ Go to newest";
    const older = this.#part("#older");
    const joining = turn.state === "loading" && count > 0;
    older.hidden = !joining && !(turn.asking && turn.more);
    older.textContent = joining ? "Loading stored lines…" : "Loading older lines…";
    const empty = this.#part("#log-empty");
    empty.hidden = count > 0 || turn.state === "failed";
    empty.textContent =
      turn.state === "loading"
        ? "Loading the newest lines…"
        : `No lines yet. They appear here as soon as the device publishes as ${turn.following.entityId}.`;
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }
}

/** The server's form of a time: six fraction digits. */
function iso(milliseconds) {
  return new Date(milliseconds).toISOString().replace("Z", "000Z");
}
