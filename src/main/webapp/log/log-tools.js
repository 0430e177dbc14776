// Owns the tools of the page of logs: its buttons, switches and keys, and what they say about what is in sight.
import { write } from "../ui/elements.js";
import { keys } from "../ui/keys.js";
import { selectedRows } from "./selection.js";
import { settings } from "./settings.js";

const SWITCHES = ["wrap", "colours", "utc", "histogram"];

/**
 * @typedef {object} Tooled what the tools work on
 * @property {() => import("./view.js").LogView[]} views
 * @property {() => import("./view.js").LogView | null} current the one that was used last
 * @property {Record<"filter" | "moment" | "details" | "download" | "addDevice" | "namedViews" | "layout", () => void>} act
 */

export class LogTools {
  #root;
  #on;

  /** @param {HTMLElement} root @param {Tooled} on */
  constructor(root, on) {
    this.#root = root;
    this.#on = on;
    this.#listenToFind();
    this.#listenToButtons();
    this.#addKeys();
  }

  /** Listens to what is there for as long as the page is open. @param {AbortSignal} signal */
  begin(signal) {
    document.addEventListener("copy", (event) => this.#copied(event), { signal });
    settings.addEventListener("change", () => this.#showSwitches(), { signal });
    this.#showSwitches();
  }

  /** A new view looks for what the others look for. */
  join(view) {
    view.search.find(this.#part(".find").value);
  }

  /** Counts or states have changed. */
  tell() {
    const held = this.#on.views().map(({ held }) => held).filter((count) => count !== null);
    const pause = this.#part(".pause");
    write(pause, held.length > 0 ? `Resume · ${held.reduce((a, b) => a + b).toLocaleString()} new` : "Pause");
    pause.classList.toggle("primary", held.length > 0);
    const { active = false, count = 0, position = 0 } = this.#on.current()?.search ?? {};
    const hits = count === 0 ? "none" : position > 0 ? `${position} of ${count.toLocaleString()}` : count.toLocaleString();
    write(this.#part(".hits"), active ? hits : "");
  }

  #listenToFind() {
    const find = this.#part(".find");
    find.addEventListener("input", () => this.#each((view) => view.search.find(find.value)));
    find.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      this.#search(event.shiftKey ? -1 : 1);
    });
    for (const field of [this.#part(".filter-text"), find]) {
      field.addEventListener("keydown", (event) => event.key === "Escape" && field.value === "" && this.#focusLines());
    }
  }

  #listenToButtons() {
    const { act } = this.#on;
    const click = (selector, action) => this.#part(selector).addEventListener("click", action);
    click(".find-up", () => this.#search(-1));
    click(".find-down", () => this.#search(1));
    click(".pause", () => this.#pauseOrResume());
    click(".download", act.download);
    click(".add-device", act.addDevice);
    click(".named-views", act.namedViews);
    click(".layout", act.layout);
    click(".tools-toggle", () => this.#toggleTools());
    for (const name of SWITCHES) {
      this.#part(`.toggle .${name}`).addEventListener("change", (event) => settings.choose(name, event.target.checked));
    }
  }

  #addKeys() {
    const { act } = this.#on;
    const add = (key, words, action) => keys.add("log", key, words, action);
    const choose = (step, extend) => () => this.#on.current()?.choose(step, extend);
    add("f", "Go to the newest line and follow", () => this.#each((view) => view.follow()));
    add("p", "Pause, or show what came meanwhile", () => this.#pauseOrResume());
    add("/", "Find in the lines that are loaded", () => this.#focus(".find"));
    add("n", "Next hit", () => this.#search(1));
    add("N", "Hit before", () => this.#search(-1));
    add("t", "Filter by text", () => this.#focus(".filter-text"));
    add("l", "Filter by level", () => this.#focus(".filter-level"));
    add("x", "Filter by a tag, a field, a pattern, or what is not there", act.filter);
    add("r", "Choose a range of time", () => this.#focus(".time-range"));
    add("T", "Go to a time", act.moment);
    add("j", "Choose the next line", choose(1, false));
    add("k", "Choose the line before", choose(-1, false));
    add("J", "Choose one line more below", choose(1, true));
    add("K", "Choose one line more above", choose(-1, true));
    add("i", "All fields of the chosen line", act.details);
    add("s", "Show what is around the chosen line", () => this.#on.current()?.showAround());
    add("Ctrl+c", "Copy the chosen lines", null);
    add("y", "Copy a link to the chosen line", () => this.#on.current()?.copyLink());
    const words = { w: "Wrap long lines", c: "Show the device's colours", u: "Times in UTC", h: "Show the histogram" };
    for (const [i, [key, meaning]] of Object.entries(words).entries()) {
      add(key, `${meaning}, or do not`, () => settings.choose(SWITCHES[i], !settings[SWITCHES[i]]));
    }
    add("d", "Download", act.download);
    add("a", "Add a device", act.addDevice);
    add("m", "Merge several devices by time, or not", act.layout);
    add("v", "Views that are kept", act.namedViews);
    add("Escape", "Choose no line", () => this.#each((view) => view.unchoose()));
  }

  #each(act) {
    this.#on.views().forEach(act);
  }

  #search(step) {
    this.#on.current()?.search.go(step);
  }

  #pauseOrResume() {
    const on = !this.#on.views().some((view) => view.held !== null);
    this.#each((view) => view.pause(on));
  }

  #toggleTools() {
    const open = this.#root.classList.toggle("tools-open");
    this.#part(".tools-toggle").setAttribute("aria-expanded", String(open));
  }

  #focus(selector) {
    if (this.#part(selector).offsetParent === null) this.#toggleTools();
    this.#part(selector).focus();
    this.#part(selector).select?.();
  }

  #focusLines() {
    this.#on.current()?.element.querySelector(".scroller").focus();
  }

  /** Rows that were chosen, or selected by mouse, are lines; other text that is selected stays the browser's. */
  #copied(event) {
    if (event.target.closest?.("input, textarea")) return;
    const text = getSelection().isCollapsed ? (this.#on.current()?.chosen ?? "") : selectedRows();
    if (text === "") return;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  }

  #showSwitches() {
    for (const name of SWITCHES) this.#part(`.toggle .${name}`).checked = settings[name];
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }
}
