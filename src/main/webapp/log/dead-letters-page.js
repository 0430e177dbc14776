// Owns the page of the dead letters: lines that could not be taken or stored, and the way to put them back.
import { nameOf } from "../registry/devices.js";
import { Failure, get, post, tell } from "../ui/api.js";
import { fieldValue, fromField, serverTime } from "../ui/clock.js";
import { counted, make, makeLink, makeTime } from "../ui/elements.js";
import { keys } from "../ui/keys.js";
import { visible } from "./escaped-text.js";
import { settings } from "./settings.js";

const EVER = "1970-01-01T00:00:00Z";

/** The address of the dead letters of a device. @param {{device?: number, start?: string, end?: string}} wanted */
export function deadLettersAddress(wanted) {
  const asked = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
  return `#/dead-letters${asked.size > 0 ? `?${asked}` : ""}`;
}

/** @implements {import("../ui/pages.js").Page} */
export class DeadLettersPage {
  #section;
  #devices;
  #confirm;
  #mayWrite;
  /** What the address asks for. */
  #wanted = {};
  /** How to go on; null when all are shown. */
  #cursor = null;
  #abort = null;
  #shown = 0;

  /**
   * @param {HTMLElement} section
   * @param {import("../registry/devices.js").Devices} devices
   * @param {boolean} mayWrite
   * @param {import("../ui/confirm.js").Confirm} confirm
   */
  constructor(section, devices, mayWrite, confirm) {
    this.#section = section;
    this.#devices = devices;
    this.#mayWrite = mayWrite;
    this.#confirm = confirm;
    this.#part(".replay").hidden = !mayWrite;
    this.#part(".replay").addEventListener("click", () => this.#count());
    this.#part(".more").addEventListener("click", () => this.#load());
    this.#part("form").addEventListener("change", () => this.#choose());
    this.#part("form").addEventListener("submit", (event) => event.preventDefault());
    keys.add("dead-letters", "l", "Look again", () => this.#again());
    if (mayWrite) keys.add("dead-letters", "b", "Put back, after a question", () => this.#count());
  }

  open([, query]) {
    const asked = new URLSearchParams(query ?? "");
    const device = Number(asked.get("device"));
    const time = (name) => (Number.isNaN(Date.parse(asked.get(name) ?? "")) ? undefined : asked.get(name));
    this.#wanted = { device: Number.isInteger(device) && device > 0 ? device : undefined, start: time("start"), end: time("end") };
    this.#part(".zone").textContent = settings.utc ? "UTC" : "local time";
    for (const name of ["start", "end"]) {
      const at = this.#wanted[name];
      this.#part(`.${name}`).value = at ? fieldValue(new Date(at), settings.utc) : "";
    }
    this.listed();
    this.#say("");
    this.#again();
  }

  close() {
    this.#abort?.abort();
    this.#abort = null;
  }

  /** The names of the devices are known, or are others than before. */
  listed() {
    const { device } = this.#wanted;
    const all = [...(this.#devices.all ?? [])].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
    const options = all.map((one) => new Option(nameOf(one), String(one.id)));
    if (device && !this.#devices.find(device)) options.unshift(new Option(`Device ${device}`, String(device)));
    this.#part(".device").replaceChildren(new Option("All devices", ""), ...options);
    this.#part(".device").value = device ? String(device) : "";
    for (const place of this.#section.querySelectorAll(".whose")) place.replaceChildren(this.#whose(place.dataset.entity));
  }

  #choose() {
    const time = (name) => fromField(this.#part(`.${name}`).value, settings.utc)?.toISOString();
    location.hash = deadLettersAddress({ device: Number(this.#part(".device").value), start: time("start"), end: time("end") });
  }

  #again() {
    this.#abort?.abort();
    this.#abort = new AbortController();
    this.#cursor = null;
    this.#shown = 0;
    this.#part(".letters").replaceChildren();
    return this.#load();
  }

  async #load() {
    const { signal } = this.#abort;
    this.#part(".more").disabled = true;
    try {
      const { device: device_id, start, end } = this.#wanted;
      const asked = this.#cursor ? { device_id, cursor: this.#cursor } : { device_id, start, end };
      const given = Object.entries(asked).filter(([, value]) => value);
      const page = await get(`/api/dead-letters?${new URLSearchParams(given)}`, signal);
      if (signal.aborted) return;
      this.#show(page);
      tell(this.#part(".notice"), null);
    } catch (failure) {
      if (signal.aborted) return;
      if (!(failure instanceof Failure)) throw failure;
      tell(this.#part(".notice"), failure, () => this.#load());
    } finally {
      this.#part(".more").disabled = false;
    }
  }

  #show({ dead_letters: letters, next_cursor: next }) {
    this.#cursor = next;
    this.#shown += letters.length;
    this.#part(".letters").append(...letters.map((letter) => this.#item(letter)));
    this.#part(".more").hidden = next === null;
    this.#part(".none").hidden = this.#shown > 0;
    this.#part(".shown").textContent = this.#shown === 0 ? "" : `${counted(this.#shown, "dead letter")}${next === null ? "" : ", and older ones"}`;
  }

  #item(letter) {
    const whose = make("span", "whose", this.#whose(letter.entity_id ?? ""));
    whose.dataset.entity = letter.entity_id ?? "";
    const raw = make("pre");
    raw.tabIndex = 0;
    raw.setAttribute("aria-label", "Raw line");
    const fold = make("details", "raw", make("summary", "", `Raw line${letter.encoding === "base64" ? ", not text" : ""}`), raw);
    fold.addEventListener("toggle", () => raw.replaceChildren(visible(letter)), { once: true });
    return make("li", "letter", make("p", "letter-head", makeTime(letter.timestamp, ""), whose), make("p", "reason", letter.reason), fold);
  }

  #whose(entityId) {
    if (entityId === "") return make("span", "muted", "no entity can be read");
    const device = this.#devices.all?.find((one) => one.device_entity_id === entityId);
    return device ? makeLink(`#/devices/${device.id}`, "", nameOf(device)) : make("span", "", entityId);
  }

  get #range() {
    const { device, start, end } = this.#wanted;
    return { start: start ?? EVER, end: end ?? new Date(serverTime()).toISOString(), device_id: device ?? null };
  }

  /** Counts first: what is asked about is what will be done. */
  async #count() {
    const range = this.#range;
    const { signal } = this.#abort;
    this.#say("Counting…");
    try {
      const { found, replayed, refused } = await post("/api/dead-letters/replay", { ...range, dry_run: true }, signal);
      this.#say(replayed === 0 ? `None of the ${counted(found, "dead letter")} here can be put back.` : "");
      if (replayed > 0) this.#ask(range, { found, replayed, refused });
    } catch (failure) {
      if (signal.aborted) return;
      if (!(failure instanceof Failure)) throw failure;
      this.#say("");
      tell(this.#part(".notice"), failure);
    }
  }

  #ask(range, { found, replayed, refused }) {
    const whose = range.device_id === null ? "all devices" : nameOfDevice(this.#devices, range.device_id);
    const words = [
      `Of ${whose}, ${counted(found, "dead letter")} ${found === 1 ? "is" : "are"} in this range of time. ${replayed.toLocaleString()} can be read: they are stored among the log lines, each under its own id and time, and leave this page.`,
    ];
    if (refused > 0) words.push(`${refused.toLocaleString()} cannot be read and stay${refused === 1 ? "s" : ""} here.`);
    this.#confirm.ask({
      title: `Put ${counted(replayed, "line")} back?`,
      words,
      action: "Put back",
      run: async () => {
        const done = await post("/api/dead-letters/replay", { ...range, dry_run: false });
        await this.#again();
        this.#say(`${counted(done.replayed, "line")} put back${done.refused > 0 ? `, ${done.refused.toLocaleString()} left` : ""}.`);
      },
    });
  }

  #say(words) {
    this.#part(".said").textContent = words;
  }

  #part(selector) {
    return this.#section.querySelector(selector);
  }
}

function nameOfDevice(devices, id) {
  const device = devices.find(id);
  return device ? nameOf(device) : `device ${id}`;
}
