// Owns the keys of the keyboard: what each does, on every page or on one, and the overlay that lists them.
import { make } from "./elements.js";

const EVERYWHERE = "everywhere";
const PATIENCE = 1500;
const NAMES = { " ": "Space", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

/**
 * @typedef {object} Shortcut
 * @property {string} page the view it belongs to, as in the route table, or `everywhere`
 * @property {string} key as `KeyboardEvent.key` has it ("f", "?", "N", "Escape", " "), with "Ctrl+", "Alt+" or, for keys
 *   that write nothing, "Shift+" before it; Ctrl is ⌘ too. Two with a space between are pressed one after the other
 *   ("g f"). A lower-case letter is also meant by its upper-case one, unless that has an action of its own.
 * @property {string} words what it does, for the overlay
 * @property {((event: KeyboardEvent) => void) | null} action null: something else acts on it, it is only listed
 * @property {boolean} typing whether it is meant in a field that one writes in, too
 */

/** All keys of the console. Modules add theirs when they are made; the page that is open decides which of them count. */
class Keys {
  /** @type {Shortcut[]} */
  #all = [];
  #dialog = /** @type {HTMLDialogElement | null} */ (null);
  #view = () => "";
  #first = "";
  #firstAt = 0;

  /**
   * @param {string} page a view of the route table, or `everywhere`
   * @param {string} key
   * @param {string} words
   * @param {((event: KeyboardEvent) => void) | null} action
   * @param {{typing?: boolean}} [options]
   */
  add(page, key, words, action, { typing = false } = {}) {
    this.#all.push({ page, key, words, action, typing });
  }

  /**
   * Listens, and shows the overlay in `dialog`.
   *
   * @param {HTMLDialogElement} dialog holds `.keys-list`
   * @param {() => string} view which page is open
   * @param {AbortSignal} signal ends it
   */
  listen(dialog, view, signal) {
    this.#dialog = dialog;
    this.#view = view;
    this.add(EVERYWHERE, "?", "Show all keys", () => this.show());
    this.add(EVERYWHERE, "Escape", "Close what is open", null);
    document.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    signal.addEventListener("abort", () => dialog.close());
  }

  /** Lists the keys of this page, then those of every page. */
  show() {
    const lists = [
      ["On this page", this.#view()],
      ["On every page", EVERYWHERE],
    ].map(([words, page]) => listOf(words, this.#all.filter((shortcut) => shortcut.page === page)));
    this.#dialog.querySelector(".keys-list").replaceChildren(...lists.filter(Boolean));
    this.#dialog.showModal();
    this.#dialog.querySelector("h1").focus(); // and not the button at its end
    this.#dialog.scrollTop = 0;
  }

  #pressed(event) {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const key = nameOf(event);
    const shortcut = this.#meant(key, writes(event.target, key));
    this.#first = shortcut ? "" : key;
    this.#firstAt = event.timeStamp;
    if (!shortcut?.action) return;
    event.preventDefault();
    shortcut.action(event);
  }

  #meant(key, typing) {
    const sequence = `${this.#first} ${key}`;
    const view = this.#view();
    const here = this.#all.filter(({ page, typing: also }) => (page === view || page === EVERYWHERE) && (!typing || also));
    const find = (wanted) => here.find((shortcut) => shortcut.key === wanted);
    const inTime = performance.now() - this.#firstAt < PATIENCE;
    return (inTime && (find(sequence) ?? find(sequence.toLowerCase()))) || find(key) || (letter(key) && find(key.toLowerCase()));
  }
}

export const keys = new Keys();

function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const shift = shiftKey && key.length > 1 ? "Shift+" : "";
  return `${ctrlKey || metaKey ? "Ctrl+" : ""}${altKey ? "Alt+" : ""}${shift}${key}`;
}

function letter(key) {
  return /^\p{Letter}$/u.test(key);
}

/** Whether a key pressed here writes something, or chooses: a list that one has chosen from leaves the letters to the page. */
function writes(target, key) {
  if (target.closest?.("select")) return !letter(key) && key !== "?" && key !== "/";
  return target.closest?.("input:not([type=checkbox], [type=radio], [type=range]), textarea, [contenteditable]");
}

function listOf(words, shortcuts) {
  if (shortcuts.length === 0) return null;
  const listed = shortcuts.flatMap(({ key, words: meaning }) => [make("dt", "", ...caps(key)), make("dd", "", meaning)]);
  return make("section", "", make("h2", "", words), make("dl", "", ...listed));
}

function caps(key) {
  const strokes = key === " " ? [" "] : key.split(" ");
  return strokes.flatMap((stroke, i) => [i > 0 ? " then " : "", ...chord(stroke)]);
}

function chord(stroke) {
  const parts = stroke.split(/(?<=\w)\+/);
  return parts.flatMap((part, i) => [i > 0 ? " + " : "", make("kbd", "", NAMES[part] ?? part)]);
}
