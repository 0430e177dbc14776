// Owns the download of a range of time as text: asking for it, its progress, and the file.
import { open, tell } from "../ui/api.js";
import { fieldValue, fromField } from "../ui/clock.js";
import { makeLink } from "../ui/elements.js";
import { settings } from "./settings.js";

const SHOW_EVERY = 100;
const SECOND = 1000;
const LEVELS = { E: "errors", W: "warnings and errors", I: "info and worse", D: "debug and worse" };

export class Download {
  #dialog;
  #nameOf;
  #filter = null;
  /** @type {AbortController | null} */
  #running = null;

  /** @param {HTMLDialogElement} dialog @param {(id: number) => string} nameOf what a device is called */
  constructor(dialog, nameOf) {
    this.#dialog = dialog;
    this.#nameOf = nameOf;
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.submitter?.value === "cancel") this.close();
      else this.#run();
    });
    dialog.addEventListener("close", () => this.#running?.abort());
  }

  /**
   * @param {number[]} ids the devices to choose from
   * @param {(string | null)[]} range the times that are proposed
   * @param {import("../fleetcast-client.js").Filter | null} filter
   */
  ask(ids, [from, to], filter) {
    this.#filter = filter;
    this.#part(".download-device").replaceChildren(...ids.map((id) => new Option(this.#nameOf(id), String(id))));
    this.#part(".download-which").hidden = ids.length < 2;
    const now = new Date();
    this.#part(".download-from").value = fieldValue(from ? new Date(from) : new Date(now - 3600 * SECOND), settings.utc);
    // The last line is within its second.
    this.#part(".download-to").value = fieldValue(new Date((to ? Date.parse(to) : now.getTime()) + SECOND), settings.utc);
    for (const zone of this.#dialog.querySelectorAll(".zone")) zone.textContent = settings.utc ? "UTC" : "local time";
    this.#part(".download-filter").hidden = filter === null;
    this.#part(".download-filter-words").textContent = wordsOf(filter ?? {});
    this.#part(".download-filter input").checked = true;
    tell(this.#part(".notice"), null);
    this.#progress(null);
    this.#dialog.showModal();
  }

  close() {
    this.#running?.abort();
    this.#dialog.close();
  }

  async #run() {
    const running = (this.#running = new AbortController());
    tell(this.#part(".notice"), null);
    this.#progress({ bytes: 0, lines: 0 });
    try {
      const id = Number(this.#part(".download-device").value);
      const file = await this.#read(await open(this.#address(id), running.signal));
      save(file, fileName(this.#nameOf(id), this.#part(".download-from").value));
      this.#dialog.close();
    } catch (failure) {
      if (running.signal.aborted) return;
      // What came is not offered: a file that ends early looks like one that is whole.
      tell(this.#part(".notice"), failure);
      this.#progress(null);
    }
  }

  #address(id) {
    const asked = new URLSearchParams({ format: "text" });
    const from = fromField(this.#part(".download-from").value, settings.utc);
    const to = fromField(this.#part(".download-to").value, settings.utc);
    asked.set("start", (from ?? new Date(0)).toISOString());
    if (to) asked.set("end", to.toISOString());
    const filter = this.#part(".download-filter input").checked ? this.#filter : null;
    for (const [name, value] of Object.entries(filter ?? {})) asked.set(name, value);
    return `/api/devices/${id}/logs?${asked}`;
  }

  /** @returns {Promise<Blob>} */
  async #read(response) {
    const chunks = [];
    const came = { bytes: 0, lines: 0 };
    let shownAt = 0;
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      came.bytes += value.length;
      for (let at = value.indexOf(10); at >= 0; at = value.indexOf(10, at + 1)) came.lines++;
      if (performance.now() - shownAt < SHOW_EVERY) continue;
      shownAt = performance.now();
      this.#progress(came);
    }
    this.#progress(came);
    return new Blob(chunks, { type: "text/plain" });
  }

  #progress(came) {
    this.#part(".download-progress").hidden = came === null;
    this.#part(".download-start").disabled = came !== null;
    if (came === null) return;
    const words = `${came.lines.toLocaleString()} lines, ${(came.bytes / 1e6).toFixed(1)} MB`;
    this.#part(".download-words").textContent = words;
  }

  #part(selector) {
    return this.#dialog.querySelector(selector);
  }
}

/** Gives whoever uses the browser a file of that name. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = makeLink(URL.createObjectURL(blob), "");
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60 * SECOND);
}

function wordsOf({ level, contains }) {
  return [level && `that are ${LEVELS[level]}`, contains && `that contain “${contains}”`].filter(Boolean).join(" and ");
}

function fileName(device, from) {
  return `${`${device}-${from}`.replace(/[^\p{Letter}\p{Number}._-]+/gu, "-")}.log`;
}
