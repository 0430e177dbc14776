// Owns how history and live lines become one log without a hole, what is held back, and what is missing.
import { serverTime } from "../ui/clock.js";
import { isNone, isPartOfStream, partOfStream } from "./filter.js";
import { History } from "./history.js";
import { gapEntry, Line } from "./line.js";
import { LookUp } from "./look-up.js";
import { timeOf } from "./range.js";
import { followedBy } from "./source.js";

const DAY = 86_400_000;
/** With a filter pages may be small: they are fetched until so many lines were found, so many at a time. */
const ENOUGH = 200;
const MOST_PAGES = 5;
const MOST_HELD = 50_000;

let gaps = 0;

/**
 * One look at one log or at several, through one filter; another filter is another feed. It reaches down
 * to now, or, when the reader has gone so far up that the newest lines had to go, it is `detached` and ends with a gap.
 */
export class Feed {
  /** @type {"loading" | "following" | "failed"} */
  state = "loading";
  asking = false;
  /** Whether older lines are being fetched, or may be. */
  more = false;
  /** The server has looked for long and found little, back to `edge`. */
  stuck = null;
  /** How far back it has looked by now; "" before its first answer. */
  lookedTo = "";
  /** The newest lines are not in the view: `{gap, held}`. */
  detached = null;
  skipped = 0;
  /** What came while the reader wanted to see nothing new: `{held, count, gap}`. */
  paused = null;
  #sources;
  #fleet;
  #list;
  #hooks;
  #history;
  #filter;
  /** What streams cannot filter is looked up. */
  #lookUp = /** @type {LookUp | null} */ (null);
  #subscriptions = [];
  #waiting = new Set();
  #joined = false;
  #edge = "";
  #abort = new AbortController();

  /**
   * @param {{sources: import("./source.js").Source[], filter: import("./filter.js").LogFilter}} wanted
   * @param {import("../fleetcast-client.js").FleetcastClient} fleet
   * @param {import("./list.js").LogList} list what the lines are put into
   * @param {object} hooks
   * @param {() => void} hooks.changed
   * @param {(failure: Error | null, again?: () => void) => void} hooks.failed
   * @param {(source: import("./source.js").Source, why: Error) => void} hooks.leftOut one of several is not there
   */
  constructor({ sources, filter }, fleet, list, hooks) {
    this.#sources = sources;
    this.#filter = filter;
    this.#fleet = fleet;
    this.#list = list;
    this.#hooks = hooks;
    this.#history = new History(sources, filter, this.#abort.signal);
    if (!isPartOfStream(filter)) this.#lookUp = this.#newLookUp();
  }

  /** The entity ids of the devices, as far as the server has named them. */
  get entityIds() {
    return [...new Set(this.#subscriptions.map(({ entityId }) => entityId).filter(Boolean))];
  }

  get filtered() {
    return !isNone(this.#filter);
  }

  /** Begins with the newest lines, or around a time. */
  start(at = null) {
    if (at !== null) this.detached = { gap: null, held: null };
    this.#subscribe(at);
  }

  close() {
    this.#abort.abort();
    this.#leave();
  }

  pause() {
    this.paused ??= { held: [], count: 0, gap: null };
    this.#hooks.changed();
  }

  resume() {
    const { paused } = this;
    this.paused = null;
    if (paused?.gap && !this.detached) this.#mark(paused.gap.from, paused.gap.to, paused.gap.missed);
    if (paused) this.#take(paused.held);
    this.#hooks.changed();
  }

  /** Comes back to the newest lines, if they are not in the view. */
  toNewest() {
    if (!this.detached) return this.resume();
    this.paused = null;
    this.detached = null;
    this.skipped = 0;
    this.#joined = false;
    this.#list.clear();
    this.#join();
  }

  /** Fetches older lines. */
  async older() {
    if (!this.more || this.asking || this.stuck || this.state !== "following") return;
    await this.#fetch(async () => {
      const found = await this.#back(this.#edge);
      this.#reaches(found);
      this.#list.insert(found.lines);
      if (this.#list.trimNewest()) this.#detach();
    });
  }

  /** Goes on looking for older lines that pass the filter. */
  lookFurther() {
    this.stuck = null;
    return this.older();
  }

  /** Subscribes first and fetches history when that is answered, so that no line can fall between the two. */
  #subscribe(at) {
    this.state = "loading";
    this.#hooks.failed(null);
    this.#waiting = new Set(this.#sources);
    const filter = partOfStream(this.#filter);
    const options = filter ? { filter } : {};
    this.#subscriptions = this.#sources.map((source) => {
      const hear = (event) => this.#abort.signal.aborted || this.#hear(source, at, event);
      return this.#fleet.subscribe(followedBy(source), options, hear);
    });
    this.#hooks.changed();
  }

  #leave() {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
  }

  #hear(source, at, event) {
    if (event.type === "lines") this.#came(event.lines, source);
    else if (event.type === "subscribed") {
      this.#answered(source, at);
    } else if (event.type === "refused" && event.error.status === 404 && this.#subscriptions.length > 1) {
      this.#leaveOut(source, at, event.error);
    } else if (event.type === "refused") {
      this.#leave();
      this.#fail(event.error, () => this.#subscribe(at));
    } else if (event.gap.to === null) this.#join();
    else if (this.#lookUp) this.#heard(event.gap.from, event.gap.to);
    else if (!this.detached) this.#mark(event.gap.from, event.gap.to, event.gap.missed);
  }

  #answered(source, at) {
    this.#waiting.delete(source);
    if (this.#waiting.size === 0) at === null ? this.#join() : this.#around(at);
  }

  /** A device of several that is not there any more: the others' lines are shown all the same. */
  #leaveOut(source, at, why) {
    this.#hooks.leftOut(source, why);
    const gone = this.#sources.indexOf(source);
    this.#subscriptions[gone].unsubscribe();
    this.#subscriptions = this.#subscriptions.toSpliced(gone, 1);
    this.#sources = this.#sources.toSpliced(gone, 1);
    if (this.#waiting.has(source)) this.#answered(source, at);
  }

  #came(lines, source) {
    if (!this.#lookUp) this.#take(lines.map((line) => new Line(line, source)));
    else this.#heard(lines[0]["@timestamp"], lines.at(-1)["@timestamp"]);
  }

  #heard(from, to) {
    this.#lookUp.heard(from, to);
    if (this.#joined) this.#lookUp.look();
  }

  #newLookUp() {
    const fetch = async (from, to) => {
      const found = await this.#forth(from, to);
      this.#take(found.lines);
      return found.more ? found.edge : to;
    };
    return new LookUp(this.#abort.signal, { fetch, failed: (failure) => this.#hooks.failed(failure) });
  }

  #take(lines) {
    if (this.paused) return this.#hold(lines);
    // A reader who looks at old lines keeps them: it is the new ones that find no room.
    if (!this.detached && !this.#list.following && this.#list.full) this.#detach();
    if (!this.detached) this.#append(lines);
    else if (this.detached.held) this.detached.held.push(...lines);
    else this.skipped += lines.length;
    if (this.detached) this.#list.touch();
  }

  /** Not without end: what is held longest goes, and a gap takes its place. */
  #hold(lines) {
    const { paused } = this;
    for (const line of lines) paused.held.push(line);
    paused.count += lines.length;
    if (paused.held.length > MOST_HELD) {
      const gone = paused.held.splice(0, MOST_HELD / 2);
      paused.gap ??= { from: gone[0].at, to: "", missed: 0 };
      paused.gap.to = gone.at(-1).at;
      paused.gap.missed += gone.length;
    }
    this.#list.touch();
  }

  /** What history has of the pause: it came before what is held already. */
  #holdStored(lines) {
    const { held } = this.paused;
    const known = new Set(held.map(({ id }) => id));
    this.paused.held = [];
    this.paused.count -= held.length;
    this.#hold([...lines.filter(({ id }) => !known.has(id) && this.#list.find(id) === null), ...held]);
  }

  #append(lines) {
    const first = this.#list.first;
    this.#list.append(lines);
    if (first && first !== this.#list.first) {
      this.more = true; // history has what had to go
      this.stuck = null;
      this.#edge = this.#list.first.at; // inclusive: what is there already is known by its id
    }
  }

  /** Puts the newest lines of history before the live ones, and marks what they do not reach back to. */
  async #join() {
    if (this.detached || this.#waiting.size > 0) return;
    this.state = "loading";
    const again = this.#joined;
    const last = again ? this.#list.last : null;
    try {
      // A day ahead: what time it is at the server is known by and by.
      const found = await this.#back(timeOf(serverTime() + DAY), last?.at);
      if (!again) this.#reaches(found);
      this.#joined = true;
      if (again && this.paused) this.#holdStored(found.lines);
      else this.#append(found.lines);
      if (last && found.more && last.at < found.edge) this.#mark(last.at, found.edge, 0);
      this.state = "following";
      this.#hooks.failed(null);
      this.#lookUp?.look();
    } catch (failure) {
      this.#fail(failure, () => this.#join());
    }
    this.#hooks.changed();
  }

  /** The lines before and after a time, put in at once, so that the reader sees them in their place. */
  async #around(at) {
    this.state = "loading";
    const held = (this.detached.held = []);
    try {
      const [before, after] = await Promise.all([this.#back(at), this.#forth(at)]);
      if (this.detached?.held !== held) return;
      this.#reaches(before);
      this.#joined = true;
      this.detached = null;
      this.skipped = 0;
      this.#append(before.lines);
      this.#reachesForth(after, held);
      this.state = "following";
      this.#hooks.failed(null);
      this.#lookUp?.look();
    } catch (failure) {
      this.#fail(failure, () => this.#around(at));
    }
    this.#hooks.changed();
  }

  #reachesForth({ lines, more, edge }, held) {
    this.#append(lines);
    if (more) this.#detach(edge);
    else this.#append(held);
  }

  #reaches({ more, edge, lines }) {
    this.more = more;
    this.#edge = edge ?? "";
    this.stuck = more && lines.length < ENOUGH ? { edge } : null;
  }

  /** From here on the view ends with a gap: the newest lines had to make room, or were not fetched. */
  #detach(from = this.#list.last.at) {
    if (this.detached?.gap) this.#list.remove(this.detached.gap);
    const gap = this.#mark(from, null, 0);
    this.detached = { gap, held: null };
  }

  #fill(gap) {
    if (gap.to === null) return this.#newer();
    return this.#fetch(async () => {
      const found = await this.#forth(gap.from, gap.to);
      this.#list.remove(gap);
      this.#list.insert(found.lines);
      if (found.more) this.#mark(found.edge, gap.to, 0);
    });
  }

  /** Towards now; what comes live meanwhile is held, because this may reach it. */
  async #newer() {
    const { gap } = this.detached;
    const held = (this.detached.held = []);
    await this.#fetch(async () => {
      const found = await this.#forth(gap.from);
      if (this.detached?.gap !== gap) return;
      this.#list.remove(gap);
      this.detached = null;
      this.skipped = 0;
      this.#reachesForth(found, held);
    });
    if (this.detached) this.detached.held = null;
  }

  /** The lines before `end`, or, if it comes so far, those after `until`. */
  #back(end, until = "") {
    return this.#pages(
      (edge) => ({ end: edge }),
      end,
      (edge) => edge > until,
      (edge) => {
        this.lookedTo = edge;
        this.#hooks.changed();
      },
    );
  }

  /** The lines from `start` on, to `end` or to now. */
  #forth(start, end = timeOf(serverTime() + DAY)) {
    return this.#pages(
      (edge) => ({ start: edge, end }),
      start,
      () => true,
    );
  }

  async #pages(range, from, goesOn, came = (_) => {}) {
    const lines = [];
    let edge = from;
    let more = true;
    for (let round = 0; round < MOST_PAGES && more && lines.length < ENOUGH && goesOn(edge); round++) {
      const page = await this.#history.page(range(edge));
      for (const line of page.lines) lines.push(line);
      more = page.more;
      edge = page.edge ?? edge;
      if (more) came(edge);
    }
    return { lines, more, edge };
  }

  async #fetch(act) {
    this.asking = true;
    this.#hooks.changed();
    try {
      await act();
      this.#hooks.failed(null);
    } catch (failure) {
      this.#fail(failure);
    } finally {
      this.asking = false;
    }
    this.#hooks.changed();
  }

  #fail(failure, again) {
    if (this.#abort.signal.aborted) return;
    if (again) this.state = "failed";
    else this.more = false; // or the next frame would ask again
    this.#hooks.failed(failure, again ?? (() => this.#retryOlder()));
    this.#hooks.changed();
  }

  #retryOlder() {
    this.more = true;
    this.#hooks.failed(null);
    this.older();
  }

  #mark(from, to, missed) {
    const gap = gapEntry(`gap-${++gaps}`, from ?? this.#list.last?.at ?? "", to, missed, (gap) => this.#fill(gap));
    this.#list.insert([gap]);
    return gap;
  }
}
