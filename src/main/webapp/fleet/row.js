// Owns how one device becomes a row of the fleet; what devices call themselves and say is only ever text.
import { writeAddress } from "../log/address.js";
import { deadLettersAddress } from "../log/dead-letters-page.js";
import { ROTATION } from "../registry/devices.js";
import { timeOf } from "../ui/clock.js";
import { as, counted, make, makeBadge, makeLink, write } from "../ui/elements.js";
import { Sparkline } from "./sparkline.js";

const LEVELS = { E: "error", W: "warning", I: "info line", D: "debug line", V: "verbose line" };

/** What of the address of a log leads to its errors. */
export const ERRORS = "?level=E";

/** The columns; `sort` names what the fleet can be sorted by there. */
export const COLUMNS = [
  { name: "name", words: "Device", sort: "name" },
  { name: "model", words: "Model" },
  { name: "rotation", words: "Rotation" },
  { name: "last", words: "Last line and error", sort: "failed", title: "Sort by last error" },
  { name: "age", words: "Age", sort: "last", title: "Sort by last line" },
  { name: "rate", words: "Lines a minute", sort: "rate" },
  { name: "levels", words: "Last hour", sort: "errors", title: "Sort by errors" },
];

/** A row that shows one device after another: rows are kept when the fleet is scrolled. */
export class FleetRow {
  element = as("row", make("div", "fleet-row"));
  /** The link to the device's log, which is as large as the row. */
  link = make("a", "fleet-link");
  #cells = {};
  #entity = make("span", "fleet-entity");
  #unreadable = makeLink("#/", "fleet-unreadable");
  #level = make("span", "fleet-level");
  #message = make("span", "fleet-message");
  #error = makeLink("#/", "fleet-error");
  #errorAge = make("span", "fleet-error-age");
  #errorMessage = make("span", "fleet-error-message");
  #age = make("time");
  #spark = new Sparkline();
  #rate = make("span", "fleet-number");
  #counts = new Map();

  constructor() {
    for (const { name } of COLUMNS) {
      const cell = as("gridcell", make("div", `fleet-${name}`));
      this.#cells[name] = cell;
      this.element.append(cell);
    }
    this.link.tabIndex = -1;
    this.#unreadable.tabIndex = -1;
    this.#cells.name.append(this.link, make("div", "fleet-about", this.#entity, this.#unreadable));
    this.#error.tabIndex = -1;
    this.#error.append(this.#errorAge, this.#errorMessage);
    this.#cells.last.append(make("div", "fleet-line", this.#level, this.#message), this.#error);
    this.#cells.age.append(this.#age);
    this.#cells.rate.append(this.#spark.element, this.#rate);
    for (const level of Object.keys(LEVELS)) {
      const count = level === "E" ? makeLink("#/", "fleet-count") : make("span", "fleet-count");
      count.dataset.level = level;
      this.#counts.set(level, count);
      this.#cells.levels.append(count);
    }
  }

  /** @param {import("./data.js").FleetDevice} device @param {number} now by the server's clock */
  show(device, now) {
    this.link.href = `#/devices/${device.id}`;
    write(this.link, device.name);
    write(this.#entity, device.entity ?? "no entity id");
    write(this.#cells.model, device.model);
    this.#showUnreadable(device);
    this.#showState(device);
    this.#showLine(device);
    this.#spark.show(device.perMinute);
    write(this.#rate, device.rate === null ? "–" : rateOf(device.rate));
    for (const [level, count] of this.#counts) showCount(count, level, device.levels?.[level] ?? null);
    this.#counts.get("E").href = `#/devices/${device.id}${ERRORS}`;
    this.#counts.get("E").tabIndex = -1;
    this.tick(device, now);
  }

  /** Only the age changes by itself. */
  tick(device, now) {
    const silent = device.silent(now);
    if (device.errorAt !== null) write(this.#errorAge, `${ageOf(now - device.errorAt)} ago`);
    this.element.dataset.state = !device.active ? "inactive" : silent ? "silent" : device.logging(now) ? "logging" : "unknown";
    if (device.lastAt === null) {
      write(this.#age, device.known ? "never" : "–");
      this.#age.removeAttribute("datetime");
    } else {
      write(this.#age, ageOf(now - device.lastAt));
      this.#age.dateTime = new Date(device.lastAt).toISOString();
      this.#age.title = new Date(device.lastAt).toLocaleString();
    }
  }

  #showUnreadable({ id, unreadable, unreadableAsOf: at }) {
    this.#unreadable.hidden = unreadable === 0;
    this.#unreadable.href = deadLettersAddress({ device: id });
    write(this.#unreadable, unreadable === 0 ? "" : `${unreadable} unreadable${at === null ? "" : `, as of ${timeOf(at)}`}`);
  }

  #showState({ active, rotation }) {
    const badges = active ? [] : [makeBadge("inactive")];
    if (rotation !== "OK") badges.push(makeBadge(ROTATION[rotation] ?? rotation.toLowerCase(), rotation));
    const words = badges.map((badge) => badge.textContent).join(" ");
    if (this.#cells.rotation.dataset.words === words) return;
    this.#cells.rotation.dataset.words = words;
    this.#cells.rotation.replaceChildren(...(badges.length > 0 ? badges : [make("span", "muted", "ok")]));
  }

  #showLine({ id, line, error, lastAt }) {
    const level = line?.level ?? "";
    write(this.#level, level);
    this.element.dataset.level = level;
    write(this.#message, line ? shortened(line) : lastAt === null ? "" : "…");
    this.#error.hidden = !error || error.id === line?.id;
    if (!error) return;
    this.#error.href = writeAddress({ ids: [id], line: error.id, at: error.timestamp });
    write(this.#errorMessage, shortened(error));
  }
}

/** Without what ESP-IDF writes first: the level has its own place here, and the device's clock says little. */
function shortened({ level, message }) {
  return level && message.startsWith(`${level} (`) ? message.slice(message.indexOf(")") + 1).trimStart() : message;
}

function showCount(element, level, count) {
  write(element, count ? `${level} ${short(count)}` : "");
  const words = counted(count ?? 0, LEVELS[level]);
  if (element.getAttribute("aria-label") === words) return;
  if (element.localName !== "a") element.setAttribute("role", "img");
  element.setAttribute("aria-label", words);
  element.title = words;
  element.hidden = element.localName === "a" && !count;
}

function ageOf(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

function rateOf(perMinute) {
  return perMinute >= 10 || perMinute === 0 ? short(Math.round(perMinute)) : perMinute.toFixed(1);
}

/** At most four characters: a column must not jump. */
function short(count) {
  if (count < 1000) return String(count);
  if (count < 9950) return `${(count / 1000).toFixed(1)}k`;
  if (count < 999_500) return `${Math.round(count / 1000)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}
