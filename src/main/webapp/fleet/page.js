// Owns the page of the whole fleet: what is asked of the server for it and when, and what is shown of the answers.
import { get, tell } from "../ui/api.js";
import { counted, write } from "../ui/elements.js";
import { keys } from "../ui/keys.js";
import { FleetData } from "./data.js";
import { FleetFilters } from "./filters.js";
import { FleetGrid } from "./grid.js";

const SEEN_EVERY = 3_000;
/** The whole of a large fleet is much to ask for. */
const ALL_EVERY = 10_000;
const LARGE = 500;
/** Names that others changed: nobody tells of them. */
const LIST_EVERY = 60_000;
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
  #asking = { all: false, seen: false, models: false };
  #askedAt = 0;
  #listedAt = 0;
  #failed = /** @type {{kind: string, words: string} | null} */ (null);
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
      setInterval(() => document.hidden || this.#grid.tick(), 1000),
      setInterval(() => document.hidden || this.#askAgain(), SEEN_EVERY),
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

  #askAgain() {
    if (performance.now() - this.#listedAt > LIST_EVERY) this.#devices.load();
    this.#askSeen();
    const since = performance.now() - this.#askedAt;
    if (this.#data.size < LARGE || since > ALL_EVERY - SEEN_EVERY / 2) this.#askAll();
  }

  async #askAll() {
    this.#askedAt = performance.now();
    await this.#ask("all", ACTIVITY, (told) => {
      this.#part("#fleet-incomplete").hidden = told.complete;
      const other = this.#data.tell(told);
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
      if (!signal.aborted) this.#fail(kind, failure);
    } finally {
      this.#asking[kind] = false;
    }
  }

  /** Told once, and not with every try: it is read out to those who cannot see it. */
  #fail(kind, failure) {
    const before = this.#failed;
    this.#failed = failure && { kind, words: failure.message };
    if (before?.words === failure?.message) return;
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

function firstSteps(origin) {
  const call = (path, body) =>
    `curl -X POST ${origin}${path} \\\n  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\\n  -d '${body}'`;
  const config = JSON.stringify({ deviceName: "Living room", deviceEntityId: "sensor.living_room" });
  return [
    call("/api/device-models", JSON.stringify({ code: "sensor", name: "Sensor" })),
    call("/api/devices", JSON.stringify({ device_model_id: 1, config })),
  ].join("\n\n");
}
