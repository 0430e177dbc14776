// Owns which lines of a view are chosen, by mouse or by key, and what of them is copied.
import { make } from "../ui/elements.js";

/** The lines between the one that was chosen first and the one that was chosen last. */
export class Selection {
  #list;
  #changed;
  #anchor = null;
  #head = null;

  /** @param {import("./list.js").LogList} list @param {() => void} changed */
  constructor(list, changed) {
    this.#list = list;
    this.#changed = changed;
  }

  /** The line that was chosen last. @type {import("./line.js").Line | null} */
  get head() {
    return this.#head && this.#list.has(this.#head) ? this.#head : null;
  }

  get lines() {
    const [first, last] = this.#ends();
    const lines = [];
    for (let entry = first; entry; ) {
      if (entry.text !== undefined) lines.push(entry);
      if (entry === last) break;
      entry = this.#list.beside(entry, 1);
    }
    return lines;
  }

  has(entry) {
    const [first, last] = this.#ends();
    return first !== null && this.#list.compare(entry, first) >= 0 && this.#list.compare(entry, last) <= 0;
  }

  /** Chooses an entry; with `extend` all from the first one to it, too. */
  choose(entry, extend = false) {
    if (!extend || this.#ends()[0] === null) this.#anchor = entry;
    this.#head = entry;
    this.#tell();
  }

  /** Goes to the next entry below (1) or above (-1). */
  move(step, extend) {
    const { first, last } = this.#list.inSight;
    const entry = this.head ? this.#list.beside(this.head, step) : step > 0 ? first : last;
    if (!entry) return;
    this.choose(entry, extend);
    this.#list.reveal(entry);
  }

  clear() {
    if (!this.#head) return;
    this.#anchor = null;
    this.#head = null;
    this.#tell();
  }

  #ends() {
    if (!this.head || !this.#anchor || !this.#list.has(this.#anchor)) return [null, null];
    return this.#list.compare(this.#anchor, this.#head) <= 0 ? [this.#anchor, this.#head] : [this.#head, this.#anchor];
  }

  #tell() {
    this.#list.redecorate();
    this.#changed();
  }
}

/** Lines as text, each of them one line of it: time, device where that is not clear, level, message. */
export function asText(lines, device) {
  return lines
    .map((line) => [line.at, device?.(line).name, line.letter || "-", inOneLine(line.text)])
    .map((parts) => `${parts.filter((part) => part !== undefined).join(" ")}\n`)
    .join("");
}

/** What a mouse has selected of rows, a line for each; "" where that is within one part of one row, or not of rows. */
export function selectedRows() {
  const selection = getSelection();
  if (selection.rangeCount === 0 || selection.isCollapsed) return "";
  const range = selection.getRangeAt(0);
  const [scroller, other] = [range.startContainer, range.endContainer].map((node) => elementOf(node).closest(".scroller"));
  if (scroller === null || scroller !== other) return "";
  const rows = [...scroller.querySelectorAll(".row")].filter((row) => range.intersectsNode(row));
  const lines = rows.map((row) => partsOf(row, range)).filter((parts) => parts.length > 0);
  if (lines.length < 2 && (lines[0] ?? []).length < 2) return ""; // a browser copies that as well
  return lines.map((parts) => `${parts.map(inOneLine).join(" ")}\n`).join("");
}

/** The texts of a row that are within a range. */
function partsOf(row, range) {
  const within = [...row.children].filter((part) => range.intersectsNode(part));
  return within.map((part) => textWithin(part, range)).filter((text) => text !== "");
}

function textWithin(element, range) {
  const part = new Range();
  part.selectNodeContents(element);
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) part.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) part.setEnd(range.endContainer, range.endOffset);
  return part.toString();
}

function elementOf(node) {
  return node instanceof Element ? node : node.parentElement;
}

function inOneLine(text) {
  return text.replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}

/** Puts a text on the clipboard, also on plain http, where browsers offer no other way. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = make("textarea", "unseen");
  const focused = document.activeElement;
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  if (!done) throw new Error("The browser does not let this page copy.");
}
