// Owns the page of the whole fleet: what is asked of the server for it, which devices are wanted, and its numbers.
import { get, tell } from "./api.js";
import { FleetData, ORDERS, ROTATIONS, SHOWN } from "./fleetdata.js";
import { FleetGrid } from "./fleetgrid.js";
import { keys } from "./keys.js";

const ALL_EVERY = 10_000;
const SEEN_EVERY = 3_000;
const SETTLE = 120;
const MOST_IDS = 200;
const ANY = { q: "", model: "", rotation: "", show: "" };
const START = { ...ANY, sort: "last", reverse: false };

/** The numbers above the fleet, and what a press on each narrows it to. */
const NUMBERS = [
  ["all", "devices", ANY],
  ["logging", "logging now", { ...ANY, show: "logging" }],
  ["silent", "silent", { ...ANY, show: "silent" }],
  ["errors", "with errors", { ...ANY, show: "errors" }],
  ["rotating", "rotating", { ...ANY, rotation: "ROTATING" }],
];

/** @implements {import("./pages.js").Page} */
export class FleetPage {
  title = "";
  #section;
  #devices;
  #data = new FleetData();
  #grid;
  /** @type {import("./fleetdata.js").Wanted} */
  #wanted = { ...START };
  #numbers = new Map();
  #open = false;
  #over = new AbortController();
  #timers = [];
  #settling = 0;
  #asking = { all: false, seen: false, models: false };
  #waiting = false;

  /** @param {HTMLElement} section @param {import("./devices.js").Devices} devices */
  constructor(section, devices) {
    this.#section = section;
    this.#devices = devices;
    this.#grid = new FleetGrid(this.#part("#fleet-grid"), {
      now: () => this.#data.now,
      sort: (name) => this.#want({ sort: name, reverse: this.#wanted.sort === name && !this.#wanted.reverse }),
      seen: () => this.#settle(),
      calm: () => this.#waiting && this.#select(),
    });
    this.#makeNumbers();
    this.#makeTools();
    this.#addKeys();
    this.#part("#first-steps").textContent = firstSteps(location.origin);
    this.#part("#look-again").addEventListener("click", () => devices.load());
  }

  open() {
    const named = new URLSearchParams(location.hash.split("?")[1] ?? "");
    if (named.size > 0) this.#wanted = wantedOf(named);
    this.#showWanted();
    if (this.#open) {
      this.#select();
      return;
    }
    this.#open = true;
    this.#over = new AbortController();
    this.#timers = [
      setInterval(() => document.hidden || this.#grid.tick(), 1000),
      setInterval(() => document.hidden || this.#askSeen(), SEEN_EVERY),
      setInterval(() => document.hidden || this.#askAll(), ALL_EVERY),
    ];
    this.listed();
    this.#grid.comeBack();
    this.#askAll();
    this.#askSeen();
  }

  close() {
    this.#open = false;
    this.#over.abort();
    this.#timers.forEach(clearInterval);
    clearTimeout(this.#settling);
  }

  /** Asked for when the page is looked at again. */
  look() {
    this.#askAll();
    this.#askSeen();
  }

  listed() {
    const { all, none } = this.#devices;
    this.#part("#no-devices").hidden = !none;
    for (const selector of ["#fleet-grid", ".fleet-tools", ".fleet-counts"]) this.#part(selector).hidden = all === null || none;
    if (!this.#open || all === null) return;
    if (this.#data.list(all)) this.#askModels();
    this.#news();
  }

  /** What is known has changed. Rows change places only while nobody points at them. */
  #news() {
    this.#showNumbers();
    this.#grid.refresh();
    if (this.#grid.calm) this.#select();
    else this.#hold(true);
  }

  #select() {
    this.#hold(false);
    const found = this.#data.select(this.#wanted);
    this.#grid.show(found);
    const all = this.#data.size;
    const words = found.length < all ? `${found.length.toLocaleString()} of ${all.toLocaleString()}` : `${all.toLocaleString()}`;
    const told = `${words} ${all === 1 ? "device" : "devices"}`;
    const box = this.#part("#fleet-found");
    if (box.textContent !== told) box.textContent = told;
    this.#part("#fleet-no-match").hidden = found.length > 0 || all === 0;
  }

  #hold(on) {
    this.#waiting = on;
    this.#part("#fleet-held").hidden = !on;
  }

  /** Somebody wants to see something else: at once. */
  #want(change) {
    this.#wanted = { ...this.#wanted, ...change };
    const query = queryOf(this.#wanted);
    history.replaceState(null, "", query ? `#/?${query}` : "#/");
    this.#showWanted();
    this.#select();
    this.#grid.toTop();
  }

  #showWanted() {
    const { q, model, rotation, show, sort, reverse } = this.#wanted;
    const values = { search: q, model, rotation, show, order: sort };
    for (const [name, value] of Object.entries(values)) {
      const field = this.#part(`#fleet-${name}`);
      if (field.value !== value) field.value = value;
    }
    this.#part("#fleet-clear").hidden = !Object.keys(ANY).some((name) => this.#wanted[name] !== "");
    this.#grid.sorted(sort, reverse);
    for (const [name, , meant] of NUMBERS) {
      const pressed = Object.keys(ANY).every((field) => this.#wanted[field] === meant[field]);
      this.#numbers.get(name).button.setAttribute("aria-pressed", String(pressed));
    }
  }

  async #askAll() {
    await this.#ask("all", "/api/devices/activity", (told) => {
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
      const models = this.#data.models.map(([id, name]) => [String(id), name]);
      fill(this.#part("#fleet-model"), [["", "Any model"], ...models]);
      this.#showWanted();
      this.#news();
    });
  }

  /** One request of a kind at a time; what fails is told until one succeeds. */
  async #ask(kind, path, then) {
    if (this.#asking[kind] || !this.#open) return;
    this.#asking[kind] = true;
    const { signal } = this.#over;
    try {
      const told = await get(path, signal);
      if (signal.aborted) return;
      then(told);
      tell(this.#part("#fleet-notice"), null);
    } catch (failure) {
      if (!signal.aborted) tell(this.#part("#fleet-notice"), failure, () => this.look());
    } finally {
      this.#asking[kind] = false;
    }
  }

  /** Other rows came into sight: asks for them when the scrolling has come to rest. */
  #settle() {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#askSeen(), SETTLE);
  }

  #makeNumbers() {
    const list = this.#part(".fleet-counts");
    for (const [name, words, meant] of NUMBERS) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.count = name;
      const number = document.createElement("strong");
      number.textContent = "–";
      button.append(number, ` ${words}`);
      button.addEventListener("click", () => {
        const again = name !== "all" && button.getAttribute("aria-pressed") === "true";
        this.#want(again ? ANY : meant);
      });
      const item = document.createElement("li");
      item.append(button);
      list.append(item);
      this.#numbers.set(name, { button, number });
    }
    this.#numbers.get("logging").button.title = "A line in the last five minutes";
    this.#numbers.get("silent").button.title = "Active, and no line for five minutes";
    this.#numbers.get("errors").button.title = "A line of level E in the last hour";
  }

  #showNumbers() {
    for (const [name, count] of Object.entries(this.#data.counts())) {
      const { button, number } = this.#numbers.get(name);
      const text = count.toLocaleString();
      if (number.textContent !== text) number.textContent = text;
      button.classList.toggle("none", count === 0);
    }
  }

  #makeTools() {
    const search = this.#part("#fleet-search");
    search.addEventListener("input", () => this.#want({ q: search.value }));
    search.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      this.#grid.focus();
      this.#grid.move(0);
    });
    this.#part(".fleet-tools").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#grid.openActive();
    });
    const choices = { rotation: ROTATIONS, show: SHOWN, order: ORDERS };
    for (const [name, all] of Object.entries(choices)) {
      fill(this.#part(`#fleet-${name}`), Object.entries(all).map(([value, [words]]) => [value, words]));
    }
    fill(this.#part("#fleet-model"), [["", "Any model"]]);
    const listen = (name, change) => {
      const field = this.#part(`#fleet-${name}`);
      field.addEventListener("change", () => this.#want(change(field.value)));
    };
    listen("model", (model) => ({ model }));
    listen("rotation", (rotation) => ({ rotation }));
    listen("show", (show) => ({ show }));
    listen("order", (sort) => ({ sort, reverse: false }));
    this.#part("#fleet-clear").addEventListener("click", () => this.#clear());
    this.#part("#fleet-no-match button").addEventListener("click", () => this.#clear());
  }

  #clear() {
    this.#want(ANY);
    this.#part("#fleet-search").focus();
  }

  #addKeys() {
    const move = (by) => () => {
      this.#grid.focus();
      this.#grid.move(by);
    };
    keys.add("fleet", "/", "Search", () => {
      this.#part("#fleet-search").focus();
      this.#part("#fleet-search").select();
    });
    keys.add("fleet", "ArrowDown", "Next device", move(1));
    keys.add("fleet", "ArrowUp", "Device before", move(-1));
    keys.add("fleet", "Enter", "Open the log of that device", null);
  }

  #part(selector) {
    return this.#section.querySelector(selector);
  }
}

function fill(select, choices) {
  const options = choices.map(([value, words]) => {
    const option = document.createElement("option");
    option.value = value;
    option.textContent = words;
    return option;
  });
  select.replaceChildren(...options);
}

/** What the address says; what it does not say, or says wrongly, is as at the start. */
function wantedOf(named) {
  const among = (all, name) => (Object.hasOwn(all, named.get(name) ?? "") ? named.get(name) : null);
  return {
    q: named.get("q") ?? "",
    model: /^\d+$/.test(named.get("model") ?? "") ? named.get("model") : "",
    rotation: among(ROTATIONS, "rotation") ?? "",
    show: among(SHOWN, "show") ?? "",
    sort: among(ORDERS, "sort") ?? START.sort,
    reverse: named.get("reverse") === "true",
  };
}

function queryOf(wanted) {
  const told = Object.entries(wanted).filter(([name, value]) => value !== START[name]);
  return new URLSearchParams(told.map(([name, value]) => [name, String(value)])).toString();
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
