// Owns the log of the device that is open: joins history with the live lines, and says what is missing.
import { get, tell } from "./api.js";
import { nameOf } from "./devices.js";
import { gapEntry, lineEntry } from "./line.js";
import { CAPACITY, Rows } from "./rows.js";

const PAGE = 1000;
const DAY = 86_400_000;

export class LogView {
  #root;
  #fleet;
  #rows;
  #turn = null;
  #gaps = 0;

  constructor(root, fleet) {
    this.#root = root;
    this.#fleet = fleet;
    const scroller = this.#part("#scroller");
    this.#rows = new Rows(scroller, this.#part("#rows"), () => this.#refresh());
    this.#part("#newest").addEventListener("click", () => {
      this.#rows.follow();
      scroller.focus();
    });
    this.#part("#older").addEventListener("click", () => this.#older());
    this.#part("#wrap").addEventListener("change", (event) => {
      scroller.classList.toggle("wrap", event.target.checked);
      this.#rows.settle();
    });
  }

  get deviceId() {
    return this.#turn?.id ?? null;
  }

  open(id) {
    this.close();
    this.#turn = { id, following: null, state: "loading", more: false, abort: new AbortController() };
    this.#root.hidden = false;
    this.#part("#log-title").textContent = `Device ${id}`;
    this.#part("#log-subtitle").textContent = "";
    this.#rows.clear();
    this.#follow(this.#turn);
  }

  close() {
    if (!this.#turn) return;
    this.#turn.abort.abort();
    this.#turn.following?.unsubscribe();
    this.#turn = null;
    this.#root.hidden = true;
    this.#rows.clear();
  }

  /** The device's name and entity id, once the list of devices is known. */
  describe(device) {
    this.#part("#log-title").textContent = nameOf(device);
    const parts = [device.device_entity_id, `key ${device.key}`, device.active ? null : "inactive"];
    this.#part("#log-subtitle").textContent = parts.filter(Boolean).join(" · ");
  }

  /** Follows first and fetches history when that is answered, so that no line can fall between the two. */
  #follow(turn) {
    turn.state = "loading";
    tell(this.#part("#log-notice"), null);
    this.#refresh();
    turn.following = this.#fleet.subscribe(turn.id, {}, (event) => {
      if (turn !== this.#turn) return;
      if (event.type === "subscribed") this.#join(turn);
      else if (event.type === "lines") this.#rows.add(event.lines.map(lineEntry));
      else if (event.type === "refused") this.#fail(turn, event.error, () => this.#follow(turn));
      else if (event.gap.to === null) this.#join(turn);
      else this.#mark(event.gap.from, event.gap.to, event.gap.missed);
    });
  }

  /** Puts the newest page of history before the live lines, and marks what it does not reach back to. */
  async #join(turn) {
    const last = this.#rows.last;
    try {
      // A day ahead, since this machine's clock may be behind the server's.
      const page = await this.#page(turn, { end: iso(Date.now() + DAY) });
      turn.more ||= page.has_more;
      this.#rows.add(page.logs.map(lineEntry));
      if (last && page.has_more && last.at < page.window_start) this.#mark(last.at, page.window_start, 0);
      turn.state = "following";
    } catch (failure) {
      this.#fail(turn, failure, () => this.#join(turn));
    }
    this.#refresh();
  }

  #fail(turn, failure, again) {
    if (turn.abort.signal.aborted) return;
    turn.state = "failed";
    tell(this.#part("#log-notice"), failure, again);
    this.#refresh();
  }

  async #older() {
    const turn = this.#turn;
    const first = this.#rows.first;
    if (!turn || !first) return;
    // Inclusive: the rows of that very microsecond come again and are known by their id.
    await this.#fetchInto(turn, { end: first.at }, (page) => (turn.more = page.has_more));
  }

  async #fill(gap) {
    await this.#fetchInto(this.#turn, { start: gap.from, end: gap.to }, (page) => {
      this.#rows.remove(gap);
      if (page.has_more) this.#mark(page.window_end, gap.to, 0, true);
    });
  }

  async #fetchInto(turn, range, then) {
    try {
      const page = await this.#page(turn, range);
      if (turn !== this.#turn) return;
      tell(this.#part("#log-notice"), null);
      this.#rows.add(page.logs.map(lineEntry), true);
      then(page);
    } catch (failure) {
      if (!turn.abort.signal.aborted) tell(this.#part("#log-notice"), failure);
    }
  }

  #page(turn, range) {
    return get(`/api/devices/${turn.id}/logs?${new URLSearchParams(range)}`, turn.abort.signal);
  }

  #mark(from, to, missed, now = false) {
    const start = from ?? this.#rows.last?.at ?? "";
    this.#rows.add([gapEntry(`gap-${++this.#gaps}`, start, to, missed, (gap) => this.#fill(gap))], now);
  }

  #refresh() {
    const turn = this.#turn;
    if (!turn) return;
    const { count, waiting, following } = this.#rows;
    const newest = this.#part("#newest");
    newest.hidden = following;
    newest.textContent =
      waiting > 0 ? `↓ ${waiting < CAPACITY ? waiting.toLocaleString() : "5,000 or more"} new` : "↓ Go to newest";
    this.#part("#older").hidden = !turn.more || count === 0 || count > CAPACITY - PAGE;
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
