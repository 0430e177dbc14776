// Owns the log of the device that is open: joins history with the live lines, and says what is missing.
import { get, tell } from "./api.js";
import { nameOf } from "./devices.js";
import { gapEntry, lineEntry } from "./line.js";
import { CAPACITY, Rows } from "./rows.js";

const PAGE = 1000;
const DAY = 86_400_000;

export class LogView {
  #root;
  #stream;
  #rows;
  #turn = null;
  #gaps = 0;

  constructor(root, stream) {
    this.#root = root;
    this.#stream = stream;
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
    this.#turn = { id, entityId: null, early: [], state: "loading", more: false, abort: new AbortController() };
    this.#root.hidden = false;
    this.#part("#log-title").textContent = `Device ${id}`;
    this.#part("#log-subtitle").textContent = "";
    this.#rows.clear();
    this.#join(this.#turn);
  }

  close() {
    if (!this.#turn) return;
    this.#turn.abort.abort();
    this.#stream.unsubscribe(this.#turn.id);
    this.#turn = null;
    this.#root.hidden = true;
    this.#rows.clear();
  }

  /** The device's name and entity id, once the list of devices is known. */
  describe(device) {
    // A subscription follows its device when the device's entity id is changed.
    if (this.#turn?.entityId && device.device_entity_id) this.#turn.entityId = device.device_entity_id;
    this.#part("#log-title").textContent = nameOf(device);
    const parts = [device.device_entity_id, `key ${device.key}`, device.active ? null : "inactive"];
    this.#part("#log-subtitle").textContent = parts.filter(Boolean).join(" · ");
  }

  /** The stream was lost and is back: subscribe again if the server has forgotten us. */
  back({ resumed, subscriptions }) {
    const turn = this.#turn;
    if (turn && !(resumed && subscriptions.includes(turn.id))) this.#join(turn);
  }

  /** Live lines; before the subscription is answered nobody knows yet whose lines are ours. */
  accept(entityId, lines) {
    const turn = this.#turn;
    if (!turn) return;
    if (turn.entityId === null) turn.early.push([entityId, lines]);
    else if (turn.entityId === entityId) this.#rows.add(lines.map(lineEntry));
  }

  gap({ device_entity_id: entityId, missed, from, to }) {
    if (entityId === null || entityId === this.#turn?.entityId) this.#mark(from, to, missed);
  }

  /** Subscribes first and fetches history second, so that no line can fall between the two. */
  async #join(turn) {
    const last = this.#rows.last;
    turn.state = "loading";
    tell(this.#part("#log-notice"), null);
    this.#refresh();
    try {
      const answer = await this.#stream.subscribe(turn.id, turn.abort.signal);
      if (turn.abort.signal.aborted) return;
      turn.entityId = answer.device_entity_id;
      for (const [entityId, lines] of turn.early.splice(0)) this.accept(entityId, lines);
      // The newest page; a day ahead, since this machine's clock may be behind the server's.
      const page = await this.#page(turn, { end: iso(Date.now() + DAY) });
      turn.more ||= page.has_more;
      this.#rows.add(page.logs.map(lineEntry));
      if (last && page.has_more && last.at < page.window_start) this.#mark(last.at, page.window_start, 0);
      turn.state = "following";
    } catch (failure) {
      if (turn.abort.signal.aborted) return;
      turn.state = "failed";
      tell(this.#part("#log-notice"), failure, () => this.#join(turn));
    }
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
        : `No lines yet. They appear here as soon as the device publishes as ${turn.entityId}.`;
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }
}

/** The server's form of a time: six fraction digits. */
function iso(milliseconds) {
  return new Date(milliseconds).toISOString().replace("Z", "000Z");
}
