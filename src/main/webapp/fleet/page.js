// Owns the page of the whole fleet: what is asked of the server for it and when, and what is shown of the answers.
import { get, tell } from "../ui/api.js";
import { AsOf } from "../ui/as-of.js";
import { serverTime } from "../ui/clock.js";
import { counted, write } from "../ui/elements.js";
import { keys } from "../ui/keys.js";
import { FleetData } from "./data.js";
import { FleetFilters } from "./filters.js";
import { firstSteps } from "./first-steps.js";
import { FleetGrid } from "./grid.js";
import { ERRORS } from "./row.js";

const SEEN_EVERY = 3_000;
/** The whole of a large fleet is much to ask for. */
const ALL_EVERY = 10_000;
const LARGE = 500;
/** So many times as long as from one answer to the next nothing came: what is shown is not of now. */
const PATIENCE = 3;
/** Names that others changed: nobody tells of them. */
const LIST_EVERY = 60_000;
/** Lines that could not be read: a mark that is a minute late is as good. */
const UNREADABLE_EVERY = 60_000;
/** What comes first over a slow link is not held up by it. */
const UNREADABLE_AFTER = 2_000;
const DAY = 86_400_000;
const SETTLE = 120;
const MOST_IDS = 200;

/** Asked for when the page is opened, and again and again. */
export const ACTIVITY = "/api/devices/activity";

/** @implements {import("../ui/pages.js").Page} */
export class FleetPage {
  title = "";
  #section;
  #devices;
  #data = new FleetData();
  #grid;
  #tools;
  #open = false;
  #over = new AbortController();
  #timers = [];
  #settling = 0;
  #asking = { all: false, seen: false, models: false, unreadable: false };
  #askedAt = 0;
  #listedAt = 0;
  #failed = /** @type {{kind: string} | null} */ (null);
  #asOf;
  /** Whether rows are to be sorted anew as soon as nobody points at them. */
  #waiting = false;

  /** @param {HTMLElement} section @param {import("../registry/devices.js").Devices} devices */
  constructor(section, devices) {
    this.#section = section;
    this.#devices = devices;
    this.#grid = new FleetGrid(this.#part("#fleet-grid"), {
      now: () => this.#data.now,
      sort: (name) => this.#tools.sortBy(name),
      seen: () => this.#settle(),
      calm: () => this.#waiting && this.#select(),
    });
    this.#tools = new FleetFilters(section, {
      changed: () => this.#wantedElse(),
      down: () => this.#move(0),
      enter: () => this.#grid.openActive(),
    });
    keys.add("fleet", "/", "Search", () => this.#tools.search());
    keys.add("fleet", "ArrowDown", "Next device", () => this.#move(1));
    keys.add("fleet", "ArrowUp", "Device before", () => this.#move(-1));
    keys.add("fleet", "Enter", "Open the log of that device", null);
    keys.add("fleet", "e", "Open the errors of that device", () => this.#grid.openActive(ERRORS));
    this.#asOf = new AsOf(this.#part("#fleet-as-of"));
    this.#part("#first-steps").textContent = firstSteps(location.origin);
    this.#part("#look-again").addEventListener("click", () => devices.load());
  }

  open() {
    this.#tools.read();
    if (this.#open) {
      this.#wantedElse();
      return;
    }
    this.#open = true;
    this.#over = new AbortController();
    this.#timers = [
      setInterval(() => document.hidden || this.#tick(), 1000),
      setInterval(() => document.hidden || this.#askAgain(), SEEN_EVERY),
      setInterval(() => document.hidden || this.#askUnreadable(), UNREADABLE_EVERY),
      setTimeout(() => this.#askUnreadable(), UNREADABLE_AFTER),
    ];
    this.listed();
    this.#select();
    this.#grid.comeBack();
    this.look();
  }

  close() {
    this.#open = false;
    this.#over.abort();
    this.#timers.forEach(clearInterval);
    clearTimeout(this.#settling);
  }

  look() {
    this.#askAll();
    this.#askSeen();
  }

  listed() {
    this.#listedAt = performance.now();
    const { all, none, failure } = this.#devices;
    if (failure) this.#fail("list", failure);
    else if (this.#failed?.kind === "list") this.#fail("list", null);
    this.#part("#no-devices").hidden = !none;
    for (const selector of [".fleet-counts", ".fleet-tools", ".fleet-body", "#fleet-grid"]) {
      this.#part(selector).hidden = all === null || none;
    }
    if (!this.#open || all === null) return;
    if (this.#data.list(all)) this.#askModels();
    this.#news();
  }

  /** What is known has changed. Rows change places only while nobody points at them. */
  #news() {
    this.#tools.count(this.#data.counts());
    this.#grid.refresh();
    if (this.#grid.calm) this.#select();
    else this.#hold(true);
  }

  #wantedElse() {
    this.#select();
    this.#grid.toTop();
  }

  #select() {
    this.#hold(false);
    const { wanted } = this.#tools;
    const found = this.#data.select(wanted);
    this.#grid.sorted(wanted.sort, wanted.reverse);
    this.#grid.show(found);
    const all = this.#data.size;
    const some = found.length < all ? `${found.length.toLocaleString()} of ` : "";
    write(this.#part("#fleet-found"), `${some}${counted(all, "device")}`);
    this.#part("#fleet-no-match").hidden = found.length > 0 || all === 0;
  }

  #hold(on) {
    this.#waiting = on;
    this.#part("#fleet-held").hidden = !on || !this.#grid.pointed;
  }

  #move(by) {
    this.#grid.focus();
    this.#grid.move(by);
  }

  /** Whoever cannot be asked about is not judged by the time that goes by. */
  #tick() {
    const { age } = this.#data;
    const old = ["all", "seen"].includes(this.#failed?.kind) || (age !== null && age > PATIENCE * this.#every);
    this.#data.frozen = old;
    this.#section.classList.toggle("old", old);
    if (old) this.#asOf.old();
    else if (age !== null) this.#asOf.fresh(age);
    this.#grid.tick();
  }

  /** How often all devices are asked for. */
  get #every() {
    return this.#data.size < LARGE ? SEEN_EVERY : ALL_EVERY;
  }

  #askAgain() {
    if (performance.now() - this.#listedAt > LIST_EVERY) this.#devices.load();
    this.#askSeen();
    if (performance.now() - this.#askedAt > this.#every - SEEN_EVERY / 2) this.#askAll();
  }

  async #askAll() {
    this.#askedAt = performance.now();
    await this.#ask("all", ACTIVITY, (told) => {
      this.#part("#fleet-incomplete").hidden = told.complete;
      const other = this.#data.tell(told);
      this.#tick();
      if (other && this.#devices.all !== null) this.#devices.load();
      this.#news();
    });
  }

  async #askSeen() {
    const ids = this.#grid.inSight.slice(0, MOST_IDS);
    if (ids.length === 0) return;
    const query = ids.map((id) => `device_id=${id}`).join("&");
    await this.#ask("seen", `/api/devices/activity/details?${query}`, (told) => {
      this.#data.tellMore(told);
      this.#grid.refresh();
    });
  }

  /** The newest of them mark their devices; without the marks the fleet is as good, so of a failure they alone tell. */
  async #askUnreadable() {
    const start = new Date(serverTime() - DAY).toISOString();
    await this.#ask("unreadable", `/api/dead-letters?start=${start}`, ({ dead_letters }) => {
      this.#data.tellUnreadable(dead_letters);
      this.#grid.refresh();
    });
  }

  async #askModels() {
    await this.#ask("models", "/api/device-models", ({ device_models }) => {
      this.#data.name(device_models);
      if (this.#devices.all !== null) this.#data.list(this.#devices.all);
      this.#tools.offer(this.#data.models);
      this.#news();
    });
  }

  /** One request of a kind at a time; what failed is told until it succeeds. */
  async #ask(kind, path, then) {
    if (this.#asking[kind] || !this.#open) return;
    this.#asking[kind] = true;
    const { signal } = this.#over;
    try {
      const told = await get(path, signal);
      if (signal.aborted) return;
      then(told);
      if (this.#failed?.kind === kind) this.#fail(kind, null);
    } catch (failure) {
      if (signal.aborted) return;
      if (kind !== "unreadable") return this.#fail(kind, failure);
      this.#data.unreadableIsOld();
      this.#grid.refresh();
    } finally {
      this.#asking[kind] = false;
    }
  }

  #fail(kind, failure) {
    this.#failed = failure && { kind };
    this.#tick();
    tell(this.#part("#fleet-notice"), failure, () => {
      this.#devices.load();
      this.look();
    });
  }

  /** Other rows came into sight: asks for them when the scrolling has come to rest. */
  #settle() {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#askSeen(), SETTLE);
  }

  #part(selector) {
    return this.#section.querySelector(selector);
  }
}
