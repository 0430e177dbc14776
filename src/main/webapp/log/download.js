// Owns the download of a range of time as text: asking for it, its progress, and the file.
import { open, tell } from "../ui/api.js";
import { fieldValue, fromField, serverTime } from "../ui/clock.js";
import { makeLink } from "../ui/elements.js";
import { isNone, NO_FILTER, parametersOf, sentenceOf } from "./filter.js";
import { settings } from "./settings.js";
import { addressOf } from "./source.js";

const SHOW_EVERY = 100;
const SECOND = 1000;

export class Download {
  #dialog;
  #nameOf;
  #sources = [];
  #filter = NO_FILTER;
  /** @type {AbortController | null} */
  #running = null;

  /** @param {HTMLDialogElement} dialog @param {(source: import("./source.js").Source) => string} nameOf */
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
   * @param {import("./source.js").Source[]} sources to choose from
   * @param {(string | null)[]} range the times that are proposed
   * @param {import("./filter.js").LogFilter} filter
   */
  ask(sources, [from, to], filter) {
    this.#sources = sources;
    this.#filter = filter;
    this.#part(".download-device").replaceChildren(...sources.map((source) => new Option(this.#nameOf(source), String(source))));
    this.#part(".download-which").hidden = sources.length < 2;
    const now = serverTime();
    this.#part(".download-from").value = fieldValue(from ? new Date(from) : new Date(now - 3600 * SECOND), settings.utc);
    // The last line is within its second.
    this.#part(".download-to").value = fieldValue(new Date((to ? Date.parse(to) : now) + SECOND), settings.utc);
    for (const zone of this.#dialog.querySelectorAll(".zone")) zone.textContent = settings.utc ? "UTC" : "local time";
    this.#part(".download-filter").hidden = isNone(filter);
    this.#part(".download-filter-words").textContent = sentenceOf(filter);
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
      const chosen = this.#part(".download-device").value;
      const source = this.#sources.find((one) => String(one) === chosen);
      const file = await this.#read(await open(this.#address(source), running.signal));
      save(file, fileName(this.#nameOf(source), this.#part(".download-from").value));
      this.#dialog.close();
    } catch (failure) {
      if (running.signal.aborted) return;
      // What came is not offered: a file that ends early looks like one that is whole.
      tell(this.#part(".notice"), failure);
      this.#progress(null);
    }
  }

  #address(source) {
    const asked = new Map([["format", "text"]]);
    const from = fromField(this.#part(".download-from").value, settings.utc);
    const to = fromField(this.#part(".download-to").value, settings.utc);
    asked.set("start", (from ?? new Date(0)).toISOString());
    if (to) asked.set("end", to.toISOString());
    const filter = this.#part(".download-filter input").checked ? this.#filter : NO_FILTER;
    return addressOf(source, [...asked, ...parametersOf(filter)]);
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

function fileName(device, from) {
  return `${`${device}-${from}`.replace(/[^\p{Letter}\p{Number}._-]+/gu, "-")}.log`;
}
