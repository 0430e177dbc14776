// Owns the panel with all that a device sent in one line, and what can be done with it.
import { open, tell } from "../ui/api.js";
import { make, makeButton } from "../ui/elements.js";
import { visible } from "./escaped-text.js";
import { fieldText, flatFields, isField, valueText } from "./field.js";
import { copy } from "./selection.js";
import { addressOf } from "./source.js";

/** While one goes from line to line only the one at which one stays is asked for. */
const STAYING = 80;
/** Each line has others, or a filter of its own. */
const UNFILTERED = ["id", "@timestamp", "message", "level", "sgr", "severity_letter"];

/**
 * The server is asked for every line, also for a live one, so that there is one way to read them. Numbers are shown as
 * the device wrote them where the browser can (`JSON.rawJSON`), not as a number of JavaScript.
 */
export class LineDetails {
  #panel;
  #hooks;
  #line = /** @type {import("./line.js").Line | null} */ (null);
  #fields = null;
  #timer = 0;
  #abort = new AbortController();

  /**
   * @param {HTMLElement} panel
   * @param {object} hooks
   * @param {(name: string, value: string) => void} hooks.filter a part of a filter was chosen
   * @param {(line: import("./line.js").Line) => string} hooks.nameOf what its device is called
   */
  constructor(panel, hooks) {
    this.#panel = panel;
    this.#hooks = hooks;
    const click = (selector, act) => this.#part(selector).addEventListener("click", act);
    click(".copy-text", () => this.#copy(textOf(this.#fields)));
    click(".copy-json", () => this.#copy(JSON.stringify(this.#fields, null, 2)));
    click(".close", () => this.close());
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  /** Opens on a line. */
  open(line) {
    this.#panel.hidden = false;
    this.follow(line);
  }

  close() {
    this.#panel.hidden = true;
    this.#forget();
    this.#line = null;
  }

  /** While it is open it shows the line that is chosen; without one it closes. */
  follow(line) {
    if (!this.isOpen || line === this.#line) return;
    if (!line) return this.close();
    this.#line = line;
    this.#forget();
    this.#timer = setTimeout(() => this.#ask(line), STAYING);
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  async #ask(line) {
    const { signal } = this.#abort;
    try {
      const asked = Object.entries({ start: line.at, end: line.at, fields: "*" });
      const response = await open(addressOf(line.source, asked), signal);
      const { logs } = JSON.parse(await response.text(), asWritten);
      const found = logs.find(({ id }) => id === line.id);
      if (!found) throw new Error("This line is not stored any more.");
      this.#show(line, found.fields);
      tell(this.#part(".notice"), null);
    } catch (failure) {
      if (!signal.aborted) tell(this.#part(".notice"), failure, () => this.#ask(line));
    }
  }

  #show(line, fields) {
    this.#fields = fields;
    this.#part(".whose").textContent = this.#hooks.nameOf(line);
    const rows = flatFields(fields).flatMap(([name, value]) => [
      make("dt", "", visible({ raw: name, encoding: "text" })),
      make("dd", "", visible({ raw: written(value), encoding: "text" }), ...this.#choices(line, name, value)),
    ]);
    this.#part("dl").replaceChildren(...rows);
  }

  /** What can be made a filter of it. */
  #choices(line, name, value) {
    const choose = (part, chosen, words, said = chosen) => {
      const button = makeButton("button small", words, () => this.#hooks.filter(part, chosen));
      button.setAttribute("aria-label", `${words} ${name} ${said}`);
      return button;
    };
    if (name === "level" && line.letter !== "") return [choose("level", line.letter, "This or worse")];
    if (name === "tag" && line.tag === value) return [choose("tag", value, "Only"), choose("without_tag", value, "Without")];
    const text = valueText(value);
    if (text === null || UNFILTERED.includes(name) || !isField(fieldText(name, text))) return [];
    const field = fieldText(name, text);
    return [choose("field", field, "Only", text), choose("without_field", field, "Without", text)];
  }

  async #copy(text) {
    const said = this.#part(".said");
    try {
      await copy(text);
      said.textContent = "Copied";
      setTimeout(() => (said.textContent = ""), 2000);
    } catch (failure) {
      tell(this.#part(".notice"), failure);
    }
  }

  #part(selector) {
    return this.#panel.querySelector(selector);
  }
}

/** Keeps a number that JavaScript would write in another way. */
function asWritten(_, value, context) {
  const source = context?.source;
  const other = typeof value === "number" && source !== undefined && String(value) !== source;
  return other && JSON.rawJSON ? JSON.rawJSON(source) : value;
}

function written(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function textOf(fields) {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${written(value)}\n`)
    .join("");
}
