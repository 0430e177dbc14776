// Owns what is known of each device of the fleet, and which of them are wanted in which order.
import { nameOf, wordsOf } from "../registry/devices.js";

/** A device that logged nothing for so long is silent, else it is logging. */
export const SILENT_AFTER = 5 * 60_000;

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** One device: what the registry says of it, and what it logged lately. */
export class FleetDevice {
  id;
  name = "";
  /** When its last line came, in milliseconds; null when there is none, or nobody knows. */
  lastAt = null;
  /** Whether the server has told of it at all. */
  known = false;
  /** @type {{id: string, timestamp: string, message: string, level: string | null} | null} */
  line = null;
  /** The last error of the last hour. @type {FleetDevice["line"]} */
  error = null;
  /** When that came, in milliseconds. @type {number | null} */
  errorAt = null;
  /** Errors of the last five minutes. */
  recentErrors = 0;
  /** @type {number[] | null} */
  perMinute = null;
  /** @type {number | null} */
  rate = null;
  errors = 0;
  warnings = 0;
  /** @type {Record<string, number> | null} */
  levels = null;
  /** How many of its lines of the last day could not be taken or stored, as far as is known. */
  unreadable = 0;
  /** Of when that is, in milliseconds, if the server could not be asked since. @type {number | null} */
  unreadableAsOf = null;
  /** Its place when all are sorted by name. */
  place = 0;

  constructor(id) {
    this.id = id;
  }

  /** Takes in what the registry says; answers whether it has another name than before. */
  describe(device, modelName) {
    const before = this.name;
    this.name = nameOf(device);
    this.entity = device.device_entity_id || null;
    this.modelId = device.device_model_id;
    this.model = modelName;
    this.rotation = device.rotation_state;
    this.active = device.active;
    this.words = `${wordsOf(device)} ${modelName.toLowerCase()}`;
    return this.name !== before;
  }

  /** Takes in what the server tells of every device; `complete`: it knows of what was before its start, too. */
  tell({ last_line_at, last_error_at, lines_per_minute, errors, recent_errors, warnings }, complete) {
    this.known = complete || last_line_at !== null || this.lastAt !== null;
    this.lastAt = last_line_at === null ? this.lastAt : Date.parse(last_line_at);
    this.errorAt = last_error_at === null ? null : Date.parse(last_error_at);
    this.rate = lines_per_minute;
    this.recentErrors = recent_errors;
    this.errors = errors;
    this.warnings = warnings;
  }

  /** Takes in what the server tells of those in sight. */
  tellMore({ last_line, last_error, lines_per_minute, levels }) {
    this.line = last_line;
    this.error = last_error;
    if (last_line) this.lastAt = Date.parse(last_line.timestamp);
    this.known ||= last_line !== null;
    this.errorAt = last_error ? Date.parse(last_error.timestamp) : null;
    this.perMinute = lines_per_minute;
    this.levels = levels;
    this.errors = levels.E;
    this.warnings = levels.W;
  }

  /** Nobody is silent of whom nothing is known. */
  silent(now) {
    return this.known && this.active && (this.lastAt === null || now - this.lastAt >= SILENT_AFTER);
  }

  logging(now) {
    return this.lastAt !== null && now - this.lastAt < SILENT_AFTER;
  }

  get rotating() {
    return this.rotation === "QUEUED" || this.rotation === "PENDING";
  }
}

/** What the fleet can be narrowed to, by name: the words, and which devices. */
export const SHOWN = {
  "": ["Everything", () => true],
  logging: ["Logging now", (device, now) => device.logging(now)],
  silent: ["Silent", (device, now) => device.silent(now)],
  errors: ["With errors now", (device) => device.recentErrors > 0],
  warnings: ["Warnings, errors (1 h)", (device) => device.errors + device.warnings > 0],
  inactive: ["Inactive", (device) => !device.active],
};

export const ROTATIONS = {
  "": ["Any state", () => true],
  ROTATING: ["Rotating", (device) => device.rotating],
  OK: ["OK", (device) => device.rotation === "OK"],
  QUEUED: ["Queued", (device) => device.rotation === "QUEUED"],
  PENDING: ["Pending", (device) => device.rotation === "PENDING"],
  TIMEOUT: ["Timed out", (device) => device.rotation === "TIMEOUT"],
};

/**
 * What the fleet can be sorted by, in the direction that one wants first. Those that log all the time are equal by age,
 * or they would change places with every line.
 */
export const ORDERS = {
  last: ["Last line", (device, now) => (device.lastAt === null ? Infinity : minutesSince(device.lastAt, now))],
  name: ["Name", (device) => device.place],
  rate: ["Lines a minute", (device) => -(device.rate ?? -1)],
  errors: ["Errors", (device) => -device.errors],
  failed: ["Last error", (device) => (device.errorAt === null ? Infinity : -device.errorAt)],
};

/**
 * @typedef {object} Wanted
 * @property {string} q text that name, entity id, key or model contain
 * @property {string} model an id
 * @property {string} rotation
 * @property {string} show
 * @property {string} sort
 * @property {boolean} reverse
 */

/** The devices of the fleet. */
export class FleetData {
  /** @type {Map<number, FleetDevice>} */
  #devices = new Map();
  #models = new Map();
  /** The server's clock against this machine's, in milliseconds. */
  #ahead = 0;
  /** When the server last told of all devices, by its clock; null before it did. @type {number | null} */
  #toldAt = null;
  /** When the server last told of lines that could not be read. @type {number | null} */
  #unreadableAt = null;
  /** What was told is too old to judge by the time of now, so the time stands still with it. */
  frozen = false;

  get size() {
    return this.#devices.size;
  }

  /** The time that ages are counted to, by the server's clock. */
  get now() {
    return this.frozen && this.#toldAt !== null ? this.#toldAt : Date.now() + this.#ahead;
  }

  /** For how long the server has told nothing, in milliseconds; null when it never has. */
  get age() {
    return this.#toldAt === null ? null : Math.abs(Date.now() + this.#ahead - this.#toldAt);
  }

  get models() {
    return [...this.#models].sort(([, one], [, other]) => collator.compare(one, other));
  }

  find(id) {
    return this.#devices.get(id);
  }

  /** Takes in the names of the models. */
  name(models) {
    this.#models = new Map(models.map(({ id, name }) => [id, name]));
  }

  /** Takes in the list of devices; answers whether the models are to be asked for. */
  list(devices) {
    const before = this.#devices;
    this.#devices = new Map();
    let missing = false;
    let renamed = false;
    for (const device of devices) {
      const known = before.get(device.id) ?? new FleetDevice(device.id);
      const model = this.#models.get(device.device_model_id);
      missing ||= model === undefined;
      renamed = known.describe(device, model ?? "") || renamed;
      this.#devices.set(device.id, known);
    }
    if (renamed) this.#sortByName();
    return missing;
  }

  #sortByName() {
    const byName = [...this.#devices.values()].sort((one, other) => collator.compare(one.name, other.name));
    byName.forEach((device, place) => (device.place = place));
  }

  /** Takes in what all devices logged; answers whether the list of devices is to be asked for again. */
  tell({ as_of, complete, devices }) {
    this.#toldAt = Date.parse(as_of);
    this.#ahead = this.#toldAt - Date.now();
    for (const told of devices) this.#devices.get(told.device_id)?.tell(told, complete);
    return devices.length !== this.#devices.size || devices.some(({ device_id }) => !this.#devices.has(device_id));
  }

  tellMore({ devices }) {
    for (const told of devices) this.#devices.get(told.device_id)?.tellMore(told);
  }

  /** Takes in the newest lines that could not be taken or stored. @param {{entity_id: string | null}[]} letters */
  tellUnreadable(letters) {
    const counts = new Map();
    for (const { entity_id: entity } of letters) if (entity) counts.set(entity, (counts.get(entity) ?? 0) + 1);
    this.#unreadableAt = Date.now();
    for (const device of this.#devices.values()) {
      device.unreadable = counts.get(device.entity) ?? 0;
      device.unreadableAsOf = null;
    }
  }

  /** There may be others by now: the server could not be asked. */
  unreadableIsOld() {
    for (const device of this.#devices.values()) device.unreadableAsOf = this.#unreadableAt;
  }

  /** How many devices there are of what one looks for first; null where nobody knows yet. */
  counts() {
    const counts = { all: this.#devices.size, logging: 0, silent: 0, errors: 0, rotating: 0 };
    if (this.#toldAt === null) Object.assign(counts, { logging: null, silent: null, errors: null });
    const now = this.now;
    for (const device of this.#devices.values()) {
      if (device.rotating) counts.rotating++;
      if (this.#toldAt === null) continue;
      if (device.logging(now)) counts.logging++;
      if (device.silent(now)) counts.silent++;
      if (device.recentErrors > 0) counts.errors++;
    }
    return counts;
  }

  /** @param {Wanted} wanted @returns {FleetDevice[]} */
  select({ q, model, rotation, show, sort, reverse }) {
    const now = this.now;
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (const device of this.#devices.values()) {
      if (!words.every((word) => device.words.includes(word))) continue;
      if (model !== "" && device.modelId !== Number(model)) continue;
      if (!ROTATIONS[rotation][1](device) || !SHOWN[show][1](device, now)) continue;
      found.push({ device, key: ORDERS[sort][1](device, now) });
    }
    const way = reverse ? -1 : 1;
    const compare = (one, other) => (one.key === other.key ? 0 : one.key < other.key ? -way : way);
    found.sort((one, other) => compare(one, other) || one.device.place - other.device.place);
    return found.map(({ device }) => device);
  }
}

function minutesSince(then, now) {
  return Math.max(0, Math.floor((now - then) / 60_000));
}
