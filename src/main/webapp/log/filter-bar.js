// Owns the tools that filter: level and text, which are always there, and a chip for everything else.
import { Failure, get, tell } from "../ui/api.js";
import { make, makeButton } from "../ui/elements.js";
import { isSame, NO_FILTER, wordsOf } from "./filter.js";

const TYPING = 300;
/** A time without lines, to ask only whether a request is a good one. */
const NEVER = "1970-01-01T00:00:00Z";
const OPPOSITES = { tag: "without_tag", without_tag: "tag", field: "without_field", without_field: "field" };
const CHIPS = ["without", "tag", "without_tag", "field", "without_field"];

/** Shows the filter that the address names, and tells of each other one that is chosen. */
export class FilterBar {
  #root;
  #dialog;
  #changed;
  #filter = NO_FILTER;
  #typing = 0;

  /**
   * @param {HTMLElement} root holds `.filter-level`, `.filter-text`, `.chips` and the dialog `.filter-dialog`
   * @param {(filter: import("./filter.js").LogFilter) => void} changed
   */
  constructor(root, changed) {
    this.#root = root;
    this.#dialog = this.#part(".filter-dialog");
    this.#changed = changed;
    const text = this.#part(".filter-text");
    this.#part(".filter-level").addEventListener("change", () => this.#typed());
    text.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#typed(), TYPING);
    });
    text.addEventListener("change", () => this.#typed());
    this.#part(".add-filter").addEventListener("click", () => this.ask());
    this.#dialog.querySelector("form").addEventListener("submit", (event) => this.#decided(event));
  }

  /** @param {import("./filter.js").LogFilter} filter */
  show(filter) {
    const text = this.#part(".filter-text");
    this.#filter = filter;
    this.#part(".filter-level").value = filter.level;
    const awaited = this.#typing !== 0; // what was typed last is told in a moment
    if (!awaited && (document.activeElement !== text || text.value.trim() === "")) text.value = filter.contains;
    this.#showChips();
  }

  close() {
    this.#stopTyping();
    this.#dialog.close();
  }

  /** Asks for another part of the filter. */
  ask() {
    this.#value.value = "";
    tell(this.#dialog.querySelector(".notice"), null);
    this.#dialog.showModal();
    this.#value.focus();
  }

  /** Takes a value in, once, and its opposite out. @param {"regex" | "without" | "tag" | "without_tag" | "field" | "without_field"} name */
  add(name, value) {
    if (name === "regex") return this.#change({ regex: value });
    const opposite = OPPOSITES[name];
    this.#change({
      [name]: [...this.#filter[name].filter((other) => other !== value), value],
      ...(opposite && { [opposite]: this.#filter[opposite].filter((other) => other !== value) }),
    });
  }

  /** @param {string} level */
  choose(level) {
    this.#change({ level });
  }

  get #value() {
    return this.#dialog.querySelector(".filter-value");
  }

  #stopTyping() {
    clearTimeout(this.#typing);
    this.#typing = 0;
  }

  #typed() {
    this.#stopTyping();
    this.#change({ level: this.#part(".filter-level").value, contains: this.#part(".filter-text").value });
  }

  #change(parts) {
    const filter = { ...this.#filter, ...parts };
    if (isSame(filter, this.#filter)) return;
    this.#filter = filter;
    this.#showChips();
    this.#changed(filter);
  }

  /** The server knows what it can use, so it is asked before the chip is there. */
  async #decided(event) {
    if (event.submitter?.value === "cancel") return; // the dialog closes by itself
    event.preventDefault();
    const name = this.#dialog.querySelector(".filter-kind").value;
    const value = this.#value.value;
    if (value === "") return;
    try {
      await get(`/api/logs?${new URLSearchParams({ [name]: value, start: NEVER, end: NEVER })}`);
      this.#dialog.close();
      this.add(name, value);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      if (failure.status >= 500) {
        this.#dialog.close(); // it cannot say, and a stream can use it all the same
        this.add(name, value);
        return;
      }
      const [fault] = failure.fields;
      tell(this.#dialog.querySelector(".notice"), fault ? new Error(`This ${fault.message}.`) : failure);
    }
  }

  #showChips() {
    const { regex } = this.#filter;
    const all = [
      ...(regex === "" ? [] : [["regex", regex]]),
      ...CHIPS.flatMap((name) => this.#filter[name].map((value) => [name, value])),
    ];
    const chips = this.#part(".chips");
    chips.replaceChildren(...all.map(([name, value]) => this.#chip(name, value)));
    chips.hidden = all.length === 0;
  }

  #chip(name, value) {
    const words = wordsOf(name, value);
    const opposite = OPPOSITES[name];
    const turn = opposite && makeButton("chip-words", words, () => this.add(opposite, value));
    if (turn) turn.title = "Turn it round";
    const drop = makeButton("chip-drop", "×", () => this.#drop(name, value));
    drop.setAttribute("aria-label", `Remove: ${words}`);
    return make("li", "chip", turn ?? make("span", "chip-words", words), drop);
  }

  #drop(name, value) {
    if (name === "regex") this.#change({ regex: "" });
    else this.#change({ [name]: this.#filter[name].filter((other) => other !== value) });
    (this.#part(".chip-drop") ?? this.#part(".add-filter")).focus();
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }
}
