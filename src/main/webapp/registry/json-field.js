// Owns the field in which JSON is written: it is read as one types, and what is wrong is told with its place.
import { make, makeButton } from "../ui/elements.js";
import { placeOf, readJson } from "./json.js";

const PATIENCE = 400;
const AROUND = 32;
const AT_PLACE = /^is not valid JSON at line (\d+) column (\d+)$/;
const AT_POINTER = /^at (\/\S*): (.*)$/s;
const NAMED = /^(\w+) (must be .*)$/s;

export class JsonField {
  #field;
  #text;
  #hooks;
  #clock = 0;
  #told = "";

  /**
   * @param {HTMLElement} field holds a `textarea`, `.format` and `.faults`
   * @param {{read?: (value: unknown) => string[], changed?: (value: unknown) => void}} hooks `read` says all that is
   *   wrong with JSON that is well formed, as the server would; `changed` is called with what is written, undefined as long as it is no JSON
   */
  constructor(field, hooks) {
    this.#field = field;
    this.#text = field.querySelector("textarea");
    this.#hooks = hooks;
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("blur", () => this.check());
    field.querySelector(".format").addEventListener("click", () => this.#format());
  }

  get value() {
    return this.#text.value;
  }

  set value(text) {
    this.#text.value = text;
    this.#tell([]);
    this.read();
  }

  set readOnly(readOnly) {
    this.#text.readOnly = readOnly;
    this.#field.querySelector(".format").hidden = readOnly;
  }

  focus() {
    this.#text.focus();
  }

  /** Tells anew what is written. */
  read() {
    this.#hooks.changed?.(readJson(this.value).value);
  }

  /** Tells what is wrong; answers whether all is well. */
  check() {
    clearTimeout(this.#clock);
    const { fault, value } = readJson(this.value);
    const wrong = fault ? [] : (this.#hooks.read?.(value) ?? []);
    this.#tell(fault ? [fault] : wrong.map((message) => this.#placed(message)));
    return !fault && wrong.length === 0;
  }

  /** Tells what the server refused, each at its place. */
  refuse(messages) {
    clearTimeout(this.#clock);
    this.#tell(messages.map((message) => this.#placed(message)));
  }

  #typed() {
    clearTimeout(this.#clock);
    const { value } = readJson(this.value);
    this.#hooks.changed?.(value);
    // A word that is being written is no fault yet; what is right again is said at once.
    if (value !== undefined && !this.#hooks.read?.(value).length) this.check();
    else this.#clock = setTimeout(() => this.check(), PATIENCE);
  }

  #placed(message) {
    const place = AT_PLACE.exec(message);
    const pointer = AT_POINTER.exec(message);
    const named = NAMED.exec(message);
    if (place) return { sentence: "The server cannot read this as JSON", line: Number(place[1]), column: Number(place[2]) };
    if (pointer) return this.#at(pointer[1] === "/" ? "" : pointer[1], message.slice("at ".length));
    return named ? this.#at(`/${named[1]}`, message) : { sentence: message };
  }

  #at(pointer, sentence) {
    const at = readJson(this.value).places.get(pointer);
    return at === undefined || pointer === "" ? { sentence: sentence.replace(/^\/: /, "") } : { sentence, ...placeOf(this.value, at) };
  }

  #tell(faults) {
    const told = JSON.stringify([faults, this.value]);
    if (told === this.#told) return; // or a click that ends the typing would lose the button that it began on
    this.#told = told;
    this.#text.setAttribute("aria-invalid", String(faults.length > 0));
    this.#field.querySelector(".faults").replaceChildren(...faults.map((fault) => this.#drawn(fault)));
  }

  #drawn(fault) {
    const words = make("p", "", `${fault.sentence}.`.replace(/([.!?])\.$/, "$1"));
    if (fault.line === undefined) return make("div", "fault", words);
    const go = makeButton("place", `Line ${fault.line}, column ${fault.column}`, () => this.#go(fault));
    return make("div", "fault", make("div", "fault-head", go, words), excerpt(this.value, fault));
  }

  #go({ line, column }) {
    const before = this.value.split("\n").slice(0, line - 1);
    const at = before.reduce((sum, part) => sum + part.length + 1, 0) + column - 1;
    this.#text.focus();
    this.#text.setSelectionRange(at, Math.min(at + 1, this.value.length));
  }

  #format() {
    const { fault, pretty } = readJson(this.value);
    if (fault) {
      this.check();
      return this.#go(fault);
    }
    this.#text.focus();
    this.#text.select();
    // Not by assignment: so the browser's undo brings the text back.
    if (!document.execCommand("insertText", false, pretty)) this.#text.value = pretty;
    this.#typed();
  }
}

/** The line of a fault and a mark below the place. */
function excerpt(text, { line, column }) {
  const whole = (text.split("\n")[line - 1] ?? "").replaceAll("\t", " ").replace("\r", "");
  const from = Math.max(0, column - 1 - AROUND);
  const cut = from > 0 ? "…" : "";
  const shown = cut + whole.slice(from, column - 1 + AROUND) + (whole.length > column - 1 + AROUND ? "…" : "");
  const mark = " ".repeat(column - 1 - from + cut.length) + "▲";
  const made = make("pre", "excerpt", `${shown}\n`, make("span", "mark", mark));
  made.setAttribute("aria-hidden", "true");
  return made;
}
